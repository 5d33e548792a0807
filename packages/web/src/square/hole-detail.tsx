import { Stack, Table, Text, Title } from "@mantine/core";
import { REMOVED } from "@smartem/common/states";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { FoilHole, OperatorChoice, PlannedHole } from "../api/additions.js";
import { micrographsQuery } from "../api/queries.js";
import { ChoiceControl } from "../choices/choice-control.js";
import { type Layer, type Measured, wordsOf } from "../map/layers.js";
import { type Fact, Facts } from "../shared/facts.js";
import { formatDateTime, formatMoment, formatNumber, formatShare } from "../shared/format.js";
import { Failures } from "../shared/states.js";
import { HoleStanding } from "./hole-standing.js";
import { MicrographImages } from "./micrograph-images.js";

interface HoleDetailProps {
  readonly hole: FoilHole;
  readonly planned: PlannedHole | undefined;
  readonly measured: Measured | undefined;
  readonly choice: OperatorChoice | null;
  /** By hand, the hole itself or its square. */
  readonly lockedOut: boolean;
  /** By which the map is coloured. */
  readonly layer: Layer;
  readonly gridUuid: string;
  /** What each model predicted of it. */
  readonly predictions: readonly (readonly [model: string, value: number])[];
}

/** One hole: what is believed of it and why, what was predicted, and what its micrographs showed. */
export function HoleDetail(props: HoleDetailProps): ReactNode {
  const { hole, planned, measured, choice, lockedOut, layer, gridUuid, predictions } = props;
  const micrographs = useQuery(micrographsQuery(hole.uuid));
  const removed = hole.state === REMOVED;
  const facts: Fact[] = [
    ...(removed ? [["State", "EPU lists it no longer"] as const] : []),
    [layer.label, wordsOf(layer, hole.uuid)],
    ...(planned === undefined
      ? []
      : [["Belief", `${formatShare(planned.probability)} ± ${formatShare(planned.sd)} good`] as const]),
    ...predictions.map(([model, value]) => [model, formatNumber(value, 2)] as const),
    ...(hole.pixel_intensity_mean == null
      ? []
      : [
          [
            "Intensity",
            `${formatNumber(hole.pixel_intensity_mean, 0)} ± ${formatNumber(hole.pixel_intensity_stdev, 0)}`,
          ] as const,
        ]),
    ...(hole.quality === null ? [] : [["EPU's quality", formatNumber(hole.quality, 2)] as const]),
    ...(hole.is_near_grid_bar ? [["Place", "near a grid bar"] as const] : []),
  ];
  return (
    <Stack gap={6} p="sm" component="section" aria-label={`Hole ${hole.foilhole_id}`}>
      <Title order={2} size="h4">
        Hole {hole.foilhole_id}
      </Title>
      <Text size="sm" component="div">
        <HoleStanding planned={planned} measured={measured} lockedOut={lockedOut} />
      </Text>
      {planned !== undefined && measured === undefined && (
        <Text size="sm" c="var(--ink-soft)">
          {planned.reason}
        </Text>
      )}
      {measured === undefined && !removed && (
        <ChoiceControl entity="foilholes" uuid={hole.uuid} gridUuid={gridUuid} choice={choice} />
      )}
      <Facts facts={facts} />
      <Failures of={{ "the hole's micrographs": micrographs }} />
      {micrographs.data !== undefined && micrographs.data.length > 0 && (
        <Table fz="xs" verticalSpacing={3} horizontalSpacing={4} aria-label="Micrographs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Taken</Table.Th>
              <Table.Th ta="right">CTF Å</Table.Th>
              <Table.Th ta="right">Motion Å</Table.Th>
              <Table.Th ta="right">Particles</Table.Th>
              <Table.Th ta="right">Defocus µm</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {micrographs.data.map((micrograph) => (
              <Table.Tr key={micrograph.uuid}>
                <Table.Td title={formatDateTime(micrograph.acquisition_datetime)}>
                  {formatMoment(micrograph.acquisition_datetime)}
                </Table.Td>
                <Table.Td ta="right">{formatNumber(micrograph.ctf_max_resolution_estimate, 1)}</Table.Td>
                <Table.Td ta="right">{formatNumber(micrograph.total_motion, 1)}</Table.Td>
                <Table.Td ta="right">
                  {formatNumber(micrograph.number_of_particles_selected ?? micrograph.number_of_particles_picked, 0)}
                </Table.Td>
                <Table.Td ta="right">
                  {micrograph.defocus == null ? "–" : formatNumber(micrograph.defocus * 1e6, 2)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {micrographs.data !== undefined && <MicrographImages micrographs={micrographs.data} />}
    </Stack>
  );
}
