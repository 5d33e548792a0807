import { Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { formatNumber } from "../shared/format.js";
import { SCALE_GRADIENT, scaleColour } from "./colour-scale.js";
import type { Layer } from "./layers.js";
import classes from "./legend.module.css";

interface LegendProps {
  readonly layer: Layer;
  readonly of: "squares" | "holes";
  /** Whether the map shows what was measured alone, neither plans nor what people have decided. */
  readonly measuredOnly?: boolean;
}

/** What the colours and signs of a map mean. */
export function Legend({ layer, of, measuredOnly = false }: LegendProps): ReactNode {
  const [dark, bright] = layer.domain;
  return (
    <Group gap="md" className={classes.legend} role="group" aria-label="Legend">
      {layer.steps === undefined ? (
        <Group gap={6} wrap="nowrap">
          <Text size="xs">{formatNumber(dark, layer.digits, layer.unit)}</Text>
          <span className={classes.scale} style={{ background: SCALE_GRADIENT }} aria-hidden="true" />
          <Text size="xs">{formatNumber(bright, layer.digits, layer.unit)}</Text>
        </Group>
      ) : (
        layer.steps.map((step, index, steps) => (
          <Group key={step} gap={5} wrap="nowrap">
            <span
              className={classes.swatch}
              style={{ background: scaleColour(index / Math.max(1, steps.length - 1)) }}
              aria-hidden="true"
            />
            <Text size="xs">{step}</Text>
          </Group>
        ))
      )}
      <Sign path="M2 8l3 3 6-7" label={of === "squares" ? "most are good" : "good"} />
      <Sign path="M3 3l8 8M11 3l-8 8" label={of === "squares" ? "most are bad" : "bad"} />
      <Sign path="M1 7c4-5 8 5 12 0" label="mixed" />
      <Sign path="M1 13L13 1" label={measuredOnly ? "unusable" : "skipped"} />
      {!measuredOnly && (
        <>
          <Sign path="M7 1l1.8 4 4.2.4-3.2 2.9 1 4.2L7 10.3l-3.8 2.2 1-4.2L1 5.4l4.2-.4z" label="wanted by hand" />
          <Sign path="M2 7h10" label="locked by hand" />
        </>
      )}
      <Group gap={5} wrap="nowrap">
        <span className={classes.unknown} aria-hidden="true" />
        <Text size="xs">not known</Text>
      </Group>
    </Group>
  );
}

function Sign({ path, label }: { path: string; label: string }): ReactNode {
  return (
    <Group gap={5} wrap="nowrap">
      <svg
        width="14"
        height="14"
        viewBox="0 0 14 14"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        aria-hidden="true"
      >
        <path d={path} />
      </svg>
      <Text size="xs">{label}</Text>
    </Group>
  );
}
