import { Anchor, Breadcrumbs, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

export interface Step {
  readonly label: string;
  readonly to?: string;
}

/** Where a page stands in the tree of session, grid and square; the last step is the page itself. */
export function Trail({ steps }: { steps: readonly Step[] }): ReactNode {
  return (
    <nav aria-label="Breadcrumb">
      <Breadcrumbs separator="›" separatorMargin={6}>
        {steps.map(({ label, to }) =>
          to === undefined ? (
            <Text key={label} size="sm" c="var(--ink-soft)" aria-current="page">
              {label}
            </Text>
          ) : (
            <Anchor key={to} component={Link} to={to} size="sm" c="var(--accent)">
              {label}
            </Anchor>
          ),
        )}
      </Breadcrumbs>
    </nav>
  );
}
