import { Group } from "@mantine/core";
import type { ReactNode } from "react";
import { drawingExports } from "../shared/drawing-exports.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatCount } from "../shared/format.js";
import { scaleColour } from "./colour-scale.js";
import type { Layer } from "./layers.js";
import classes from "./step-bars.module.css";

/** One of the few values of a layer, by its name, and how many things have it. */
export interface StepCount {
  readonly step: string;
  readonly count: number;
}

interface StepBarsProps {
  readonly layer: Layer;
  readonly steps: readonly string[];
  readonly selected: string | null;
}

/** How often each of the few values of a layer occurs, by their names; that of the chosen thing stands out. */
export function StepBars({ layer, steps, selected }: StepBarsProps): ReactNode {
  const values = [...layer.values.values()];
  const counts = steps.map(
    (step, index): StepCount => ({ step, count: values.filter((value) => value === index).length }),
  );
  const most = Math.max(1, ...counts.map(({ count }) => count));
  const chosen = selected === null ? undefined : layer.values.get(selected);
  const title = `Distribution of ${layer.label} over ${values.length}`;
  return (
    <>
      <Group justify="flex-end">
        <ExportMenu
          label="Save this chart"
          size="sm"
          items={drawingExports(() => ({
            name: title,
            rows: () => counts.map(({ step, count }) => ({ [layer.label]: step, count })),
            drawing: async () => (await import("./step-bars-svg.js")).stepBarsSvg(counts, title),
          }))}
        />
      </Group>
      <ul className={classes.bars} aria-label={title}>
        {counts.map(({ step, count }, index) => (
          <li key={step} className={classes.step} aria-current={chosen === index ? "true" : undefined}>
            <span>{step}</span>
            <span
              className={classes.bar}
              style={{
                width: `${(100 * count) / most}%`,
                background: scaleColour(index / Math.max(1, steps.length - 1)),
              }}
              aria-hidden="true"
            />
            <span className={classes.count}>{formatCount(count)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
