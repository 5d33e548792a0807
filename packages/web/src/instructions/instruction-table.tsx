import { Table, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Instruction } from "../api/additions.js";
import type { ListPart } from "../api/client.js";
import { allInstructions } from "../api/queries.js";
import { saveCsv } from "../shared/export.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatCount, formatDateTime, formatMoment } from "../shared/format.js";
import { Mark } from "../shared/mark.js";
import { sayNotDone } from "../shared/not-done.js";
import { instructionCells, instructionDetail, instructionOutcome, instructionTitle } from "./words.js";

/** Saves all that the microscope of an acquisition was told, or all of them, as a table. */
export function SaveInstructions({ acquisitionUuid }: { acquisitionUuid: string | null }): ReactNode {
  const all = useMutation({
    mutationFn: () => allInstructions(acquisitionUuid),
    onSuccess: (instructions) =>
      saveCsv(
        acquisitionUuid === null ? "instructions" : `instructions-${acquisitionUuid}`,
        instructions.map(instructionCells),
      ),
    onError: (error) => sayNotDone("No table", error),
  });
  return (
    <ExportMenu label="Save the instructions" size="sm" items={[{ label: "Table (CSV)", run: () => all.mutate() }]} />
  );
}

interface NewestInstructionsProps {
  readonly known: ListPart<Instruction>;
  /** As many as there is room for. */
  readonly most: number;
}

/** The newest of what microscopes were told, and of how many. */
export function NewestInstructions({ known: { rows, total }, most }: NewestInstructionsProps): ReactNode {
  const shown = rows.slice(0, most);
  return (
    <>
      {shown.length < total && (
        <Text size="xs" c="var(--ink-soft)">
          The newest {formatCount(shown.length)} of {formatCount(total)}
        </Text>
      )}
      <InstructionTable instructions={shown} />
    </>
  );
}

/** What microscopes were told, newest first, and what became of it. */
function InstructionTable({ instructions }: { instructions: readonly Instruction[] }): ReactNode {
  return (
    <Table verticalSpacing={4} horizontalSpacing="sm" fz="sm" aria-label="Instructions">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Told</Table.Th>
          <Table.Th>What</Table.Th>
          <Table.Th>Outcome</Table.Th>
          <Table.Th>Answer</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {instructions.map((instruction) => {
          const { word, mark, tone } = instructionOutcome(instruction);
          const detail = instructionDetail(instruction.payload);
          return (
            <Table.Tr key={instruction.instruction_id}>
              <Table.Td>
                <time dateTime={instruction.created_at} title={formatDateTime(instruction.created_at)}>
                  {formatMoment(instruction.created_at)}
                </time>
              </Table.Td>
              <Table.Td>
                {instructionTitle(instruction.instruction_type)}
                {detail !== "" && <span style={{ color: "var(--ink-soft)" }}> · {detail}</span>}
              </Table.Td>
              <Table.Td>
                <Mark mark={mark} tone={tone}>
                  {word}
                </Mark>
              </Table.Td>
              <Table.Td c="var(--ink-soft)">{instruction.ack_message ?? ""}</Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
