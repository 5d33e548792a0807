import { Table } from "@mantine/core";
import type { ReactNode } from "react";
import type { Instruction } from "../api/additions.js";
import { saveCsv } from "../shared/export.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatClock, formatDateTime } from "../shared/format.js";
import { Mark } from "../shared/mark.js";
import { instructionCells, instructionDetail, instructionOutcome, instructionTitle } from "./words.js";

/** Saves what microscopes were told as a table. @param name of the file, without its ending */
export function SaveInstructions({
  instructions,
  name,
}: {
  instructions: readonly Instruction[] | undefined;
  name: string;
}): ReactNode {
  if (instructions === undefined || instructions.length === 0) return null;
  return (
    <ExportMenu
      label="Save the instructions"
      size="sm"
      items={[{ label: "Table (CSV)", run: () => saveCsv(name, instructions.map(instructionCells)) }]}
    />
  );
}

/** What microscopes were told, newest first, and what became of it. */
export function InstructionTable({ instructions }: { instructions: readonly Instruction[] }): ReactNode {
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
                  {formatClock(instruction.created_at)}
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
