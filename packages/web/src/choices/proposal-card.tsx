import { Alert, Button, Group, Stack, Text, VisuallyHidden } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { answerProposal, proposalQuery } from "../api/queries.js";
import { usePermission } from "../auth/use-permission.js";
import { instructionDetail, instructionTitle } from "../instructions/words.js";
import { formatMoment } from "../shared/format.js";
import { sayNotDone } from "../shared/not-done.js";
import { Failures } from "../shared/states.js";

interface ProposalCardProps {
  readonly gridUuid: string;
  /** The grid's name, where there are several. */
  readonly title?: string | undefined;
  /** Whether it stands in a panel rather than beside others. */
  readonly inset?: boolean;
}

/** A change of plan that waits for an operator's consent; nothing where none does. */
export function ProposalCard({ gridUuid, title, inset = false }: ProposalCardProps): ReactNode {
  const client = useQueryClient();
  const operate = usePermission("operate");
  const asked = useQuery(proposalQuery(gridUuid));
  const proposal = asked.data ?? null;
  const settle = useMutation({
    mutationFn: ({ decisionId, verdict }: { decisionId: number; verdict: "approve" | "reject" }) =>
      answerProposal(gridUuid, decisionId, verdict),
    onSuccess: (_answer, { verdict }) =>
      notifications.show({
        message: verdict === "approve" ? "The microscope is told." : "Rejected: the microscope keeps its course.",
        autoClose: 4_000,
      }),
    onError: (error) => sayNotDone("Not done", error),
    onSettled: () =>
      Promise.all(
        ["proposal", "instructions", "decisions"].map((part) => client.invalidateQueries({ queryKey: [part] })),
      ),
  });
  return (
    <>
      {/* There before what it says, or nobody hears it. */}
      <VisuallyHidden role="status">
        {proposal !== null && `A change of the plan${title === undefined ? "" : ` of ${title}`} waits for an answer.`}
      </VisuallyHidden>
      {proposal === null ? (
        <Failures of={{ "changes of plan": asked }} />
      ) : (
        <Alert
          color="slate"
          variant="outline"
          radius="sm"
          m={inset ? 8 : 0}
          title={title === undefined ? "The plan wants to change" : `${title}: the plan wants to change`}
          role="region"
        >
          <Stack gap={6}>
            <ul style={{ margin: 0, paddingInlineStart: 18 }}>
              {proposal.instructions.map(({ instruction_type, payload }, index) => (
                // Instructions of one proposal have no names of their own, and never change places.
                // biome-ignore lint/suspicious/noArrayIndexKey: see above.
                <Text size="sm" component="li" key={index}>
                  {instructionTitle(instruction_type)}: {instructionDetail(payload) || "none"}
                </Text>
              ))}
            </ul>
            <Group gap="xs">
              <Button
                loading={settle.isPending}
                disabled={operate.missing}
                aria-describedby={operate.describedBy}
                onClick={() => settle.mutate({ decisionId: proposal.decision_id, verdict: "approve" })}
              >
                Approve
              </Button>
              <Button
                variant="default"
                disabled={settle.isPending || operate.missing}
                aria-describedby={operate.describedBy}
                onClick={() => settle.mutate({ decisionId: proposal.decision_id, verdict: "reject" })}
              >
                Reject
              </Button>
              <Text size="xs" c="var(--ink-soft)">
                {formatMoment(proposal.created_at)}
              </Text>
            </Group>
            {operate.note}
          </Stack>
        </Alert>
      )}
    </>
  );
}
