import { ENTITY_NAMES } from "@smartem/common/entity-names";
import { INCOMING_EVENTS } from "@smartem/common/events";

/** Events that the wire contract publishes for other systems; all others are for those who watch this one. */
export const PUBLISHED_EVENT_TYPES: readonly string[] = [
  ...[...ENTITY_NAMES, "gridsquare_lowmag"].flatMap((name) => [
    `${name}.created`,
    `${name}.updated`,
    `${name}.deleted`,
  ]),
  "grid.registered",
  "gridsquare.registered",
  "motion_correction.registered",
  "ctf.registered",
  "particle_picking.registered",
  "agent.instruction.created",
  "agent.instruction.updated",
  "agent.instruction.expired",
];

/** Those that only tell of what the database of whoever publishes them holds already, and ask for nothing. */
export const NOTICE_EVENT_TYPES: ReadonlySet<string> = new Set(
  PUBLISHED_EVENT_TYPES.filter((type) => !Object.hasOwn(INCOMING_EVENTS, type)),
);

/** What goes out on the web UI's stream, beside `acquisition.progress` and `heartbeat`, which it makes itself. */
export const FRONTEND_EVENT_TYPES: readonly string[] = [
  "agent.status",
  "agent.log",
  "instruction.lifecycle",
  "processing.metric",
  "entities.changed",
  "predictions.changed",
  "weights.changed",
  "decision.made",
  "decision.settings",
  "decision.answered",
  "operator.choice",
  "note.created",
  "note.updated",
  "note.deleted",
];
