import { Anchor, Breadcrumbs, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

export interface Step {
  readonly label: string;
  readonly to?: string;
}

interface TrailProps {
  readonly steps: readonly Step[];
  /** The last step is the page's heading as well. */
  readonly heading?: boolean;
}

/** Where a page stands in the tree of session, grid and square; the last step is the page itself. */
export function Trail({ steps, heading = false }: TrailProps): ReactNode {
  return (
    <nav aria-label="Breadcrumb">
      <Breadcrumbs separator="›" separatorMargin={6}>
        {steps.map(({ label, to }) =>
          to === undefined ? (
            <Text
              key={label}
              size="sm"
              aria-current="page"
              {...(heading ? { component: "h1", fw: 600 } : { c: "var(--ink-soft)" })}
            >
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
