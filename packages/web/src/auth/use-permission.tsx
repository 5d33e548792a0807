import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useId } from "react";
import type { Permission } from "../api/additions.js";
import { callerQuery } from "../api/queries.js";

/** Whether the person at the screen may do what needs a permission, as controls show it. */
export interface Permitted {
  /** Whether it is known that they may not. The server has the last word: until it has said, controls are as for those who may. */
  readonly missing: boolean;
  /** Why, to stand beside the controls; nothing where they may. */
  readonly note: ReactNode;
  /** The `aria-describedby` of the controls: the note. */
  readonly describedBy: string | undefined;
}

/** The one place that knows what the person at the screen may do. */
export function usePermission(needed: Permission): Permitted {
  const id = useId();
  const caller = useQuery(callerQuery);
  const missing = caller.data?.permissions.includes(needed) === false;
  return {
    missing,
    note: missing ? (
      <Text id={id} size="xs" c="var(--ink-soft)" className="no-print">
        Needs the permission {needed}.
      </Text>
    ) : null,
    describedBy: missing ? id : undefined,
  };
}
