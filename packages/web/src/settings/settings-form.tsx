import { Button, Collapse, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import type { DecisionSettings } from "../api/additions.js";
import { changeSettings, settingsQuery } from "../api/queries.js";
import { usePermission } from "../auth/use-permission.js";
import { sayNotDone } from "../shared/not-done.js";
import { NumberField } from "../shared/number-field.js";
import { changesOf, type Draft, draftOf, FIELDS, type Field } from "./settings-draft.js";

/** What a good micrograph is, and what the plans go by. Only what was changed is sent. */
export function SettingsForm({
  acquisitionUuid,
  settings,
}: {
  acquisitionUuid: string;
  settings: DecisionSettings;
}): ReactNode {
  const client = useQueryClient();
  const operate = usePermission("operate");
  const [draft, setDraft] = useState<Draft>({});
  const [opened, setOpened] = useState(false);
  const save = useMutation({
    mutationFn: () => changeSettings(acquisitionUuid, changesOf(draft)),
    onSuccess: (saved) => {
      client.setQueryData(settingsQuery(acquisitionUuid).queryKey, saved);
      setDraft({});
      notifications.show({ message: "Saved. Plans are computed anew.", autoClose: 4_000 });
    },
    onError: (error) => sayNotDone("The settings were not saved", error),
  });
  const saved = draftOf(settings);
  const changed = Object.keys(draft).length > 0;
  const input = (field: Field): ReactNode => (
    <NumberField
      key={field.key}
      label={field.label}
      description={field.help}
      // Not disabled: what is set is worth reading.
      readOnly={operate.missing}
      hideControls={operate.missing}
      suffix={field.unit === "" ? "" : ` ${field.unit}`}
      placeholder={field.optional ? "by the grid's own results" : ""}
      min={field.min}
      max={field.max}
      step={field.step}
      decimalScale={3}
      value={(field.key in draft ? draft[field.key] : saved[field.key]) ?? null}
      onChange={(next) => {
        setDraft(({ [field.key]: _before, ...others }) =>
          next === saved[field.key] ? others : { ...others, [field.key]: next },
        );
      }}
    />
  );
  return (
    <form
      aria-label="Settings"
      aria-describedby={operate.describedBy}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack gap="sm">
        {operate.note}
        {FIELDS.filter(({ group }) => group === "limits").map(input)}
        <Button
          variant="subtle"
          size="compact-xs"
          onClick={() => setOpened(!opened)}
          aria-expanded={opened}
          style={{ alignSelf: "flex-start" }}
        >
          {opened ? "Fewer settings" : "All settings"}
        </Button>
        <Collapse expanded={opened}>
          <Stack gap="sm">
            <Text size="xs" fw={600}>
              Minutes that holes and moves take
            </Text>
            <SimpleGrid cols={2} spacing="xs" verticalSpacing="xs">
              {FIELDS.filter(({ group }) => group === "costs_min").map(input)}
            </SimpleGrid>
            <Text size="xs" fw={600}>
              Plans
            </Text>
            {FIELDS.filter(({ group }) => group === "plan").map(input)}
          </Stack>
        </Collapse>
        {changed && (
          <Group gap="xs">
            <Button type="submit" loading={save.isPending} disabled={!isComplete(draft) || operate.missing}>
              Save
            </Button>
            <Button variant="default" onClick={() => setDraft({})}>
              Discard
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}

function isComplete(draft: Draft): boolean {
  return FIELDS.every((field) => field.optional || draft[field.key] !== null);
}
