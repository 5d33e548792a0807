import { normalise } from "@smartem/backend/inbox/normalise";
import { INCOMING_EVENT_TYPES, type IncomingEventType } from "@smartem/common/events";
import { envelopePayload, fieldsOf } from "@smartem/simulator/cli/message-types";
import { expect, test } from "vitest";

/** A value for each field of a type. */
function exampleOf(type: IncomingEventType): Record<string, unknown> {
  return Object.fromEntries(
    fieldsOf(type).map(({ name, kind }) => {
      if (name === "prediction_value") return [name, 0.5];
      if (name === "priority") return [name, "normal"];
      if (name === "expires_at") return [name, "2026-01-01T00:00:00Z"];
      return [name, { text: "abc", number: 3, list: ["a", "b"], object: { x: 1 } }[kind]];
    }),
  );
}

test.each(INCOMING_EVENT_TYPES)("the backend understands %s of the simulator in both forms, and alike", (type) => {
  const fields = exampleOf(type);
  const flat = normalise({ event_type: type, message_id: "m", ...fields });
  const enveloped = normalise({
    event_type: type,
    message_id: "m",
    timestamp: "2026-01-01T00:00:00Z",
    source: "test",
    payload: envelopePayload(type, fields),
  });
  expect(flat).toEqual({ ok: true, messages: [{ eventType: type, messageId: "m", body: fields, natural: null }] });
  expect(enveloped).toEqual(flat);
});
