import { SegmentedControl } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { OperatorChoice } from "../api/additions.js";
import { choicesQuery, choose } from "../api/queries.js";
import { usePermission } from "../auth/use-permission.js";
import { sayNotDone } from "../shared/not-done.js";

export const NO_CHOICES: ReadonlyMap<string, OperatorChoice> = new Map();

interface ChoiceControlProps {
  readonly entity: "gridsquares" | "foilholes";
  readonly uuid: string;
  readonly gridUuid: string;
  readonly choice: OperatorChoice | null;
}

const CHOICES = [
  { value: "plan", label: "By plan" },
  { value: "selected", label: "First" },
  { value: "locked", label: "Lock out" },
];

/** A person's word about one square or hole, which no decision overrules. */
export function ChoiceControl(props: ChoiceControlProps): ReactNode {
  // A choice that is under way when something else is selected stays that of what it was made for.
  return <OwnChoiceControl key={props.uuid} {...props} />;
}

function OwnChoiceControl({ entity, uuid, gridUuid, choice }: ChoiceControlProps): ReactNode {
  const client = useQueryClient();
  const operate = usePermission("operate");
  const { queryKey } = choicesQuery(gridUuid);
  const change = useMutation({
    mutationFn: (next: OperatorChoice | null) => choose(entity, uuid, next),
    onSuccess: (_answer, next) => {
      client.setQueryData(queryKey, (known) => {
        const changed = new Map(known);
        if (next === null) changed.delete(uuid);
        else changed.set(uuid, next);
        return changed;
      });
    },
    onError: (error) => sayNotDone("Your choice was not stored", error),
  });
  return (
    <>
      <SegmentedControl
        aria-label="Who decides about it"
        aria-describedby={operate.describedBy}
        data={CHOICES}
        value={(change.isPending ? change.variables : choice) ?? "plan"}
        disabled={change.isPending || operate.missing}
        onChange={(value) => change.mutate(value === "locked" || value === "selected" ? value : null)}
      />
      {operate.note}
    </>
  );
}
