import { Button, Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { DecisionMode } from "../api/additions.js";
import { changeSettings, settingsQuery } from "../api/queries.js";
import { usePermission } from "../auth/use-permission.js";
import { sayNotDone } from "../shared/not-done.js";

const MODES: readonly { value: DecisionMode; label: string; help: string }[] = [
  { value: "observe", label: "Observe", help: "Plans are computed and shown. The microscope is told nothing." },
  {
    value: "advise",
    label: "Advise",
    help: "Plans are computed and shown; nothing is told without an operator's consent.",
  },
  { value: "automatic", label: "Automatic", help: "The microscope is told of every change of plan that matters." },
];

/** Who decides: the operator, or the system. Handing over to the system is asked about once more. */
export function ModeSwitch({ acquisitionUuid, mode }: { acquisitionUuid: string; mode: DecisionMode }): ReactNode {
  const client = useQueryClient();
  const operate = usePermission("operate");
  const [asked, setAsked] = useState(false);
  const change = useMutation({
    mutationFn: (next: DecisionMode) => changeSettings(acquisitionUuid, { mode: next }),
    onSuccess: (settings) => client.setQueryData(settingsQuery(acquisitionUuid).queryKey, settings),
    onError: (error) => sayNotDone("The mode was not changed", error),
  });
  const shown = change.isPending ? change.variables : mode;
  return (
    <Stack gap={6}>
      <SegmentedControl
        aria-label="Decision mode"
        data={MODES.map(({ value, label }) => ({ value, label }))}
        value={shown}
        disabled={change.isPending || operate.missing}
        aria-describedby={operate.describedBy}
        fullWidth
        onChange={(next) => {
          if (next === "automatic") setAsked(true);
          else change.mutate(next as DecisionMode);
        }}
      />
      <Text size="xs" c="var(--ink-soft)" role="status">
        {MODES.find(({ value }) => value === shown)?.help}
      </Text>
      {operate.note}
      <Modal
        opened={asked}
        onClose={() => setAsked(false)}
        title="Let the system decide?"
        centered
        closeButtonProps={{ "aria-label": "Cancel" }}
      >
        <Stack gap="md">
          <Text size="sm">
            From now on the microscope of this session is told which squares and holes to image next, and which to skip.
            What you lock or select by hand stays as you set it, and you can take over again at any time.
          </Text>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setAsked(false)}>
              Cancel
            </Button>
            <Button
              onClick={() => {
                setAsked(false);
                change.mutate("automatic");
              }}
            >
              Let it decide
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}
