import { INCOMING_EVENT_TYPES, type IncomingEventType } from "@smartem/common/events";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalise } from "./normalise.js";

type Fields = Record<string, unknown>;

/** What each event says in the flat form, and richer payloads of the enveloped form that say the same. */
const EXAMPLES: Record<
  IncomingEventType,
  { flat: Fields; enveloped?: { payload: Fields; body?: Fields; natural?: Fields }[] }
> = {
  "motion_correction.completed": {
    flat: { micrograph_uuid: "m", total_motion: 12.5, average_motion: 0.4 },
    enveloped: [
      {
        payload: { gridsquare_id: 7, micrograph_id: "u", motion_results: { total_motion: 12.5, average_motion: 0.4 } },
        body: { total_motion: 12.5, average_motion: 0.4 },
        natural: { gridsquare_id: "7", micrograph_id: "u" },
      },
      {
        payload: {
          micrograph_uuid: null,
          gridsquare_id: "7",
          micrograph_id: "u",
          processing_results: { total_motion: 12.5, average_motion: 0.4, frames: 40 },
        },
        body: { total_motion: 12.5, average_motion: 0.4 },
        natural: { gridsquare_id: "7", micrograph_id: "u" },
      },
    ],
  },
  "ctf.completed": {
    flat: { micrograph_uuid: "m", ctf_max_resolution_estimate: 3.5 },
    enveloped: [
      {
        payload: {
          gridsquare_id: "7",
          micrograph_id: "u",
          ctf_results: { resolution_estimate: 3.5, defocus_u: 1, astigmatism: 2 },
        },
        body: { ctf_max_resolution_estimate: 3.5 },
        natural: { gridsquare_id: "7", micrograph_id: "u" },
      },
    ],
  },
  "particle_picking.completed": {
    flat: { micrograph_uuid: "m", number_of_particles_picked: 120 },
    enveloped: [
      {
        payload: { micrograph_uuid: "m", picking_results: { particle_count: 120 } },
        body: { micrograph_uuid: "m", number_of_particles_picked: 120 },
      },
      {
        payload: { micrograph_id: "u", picking_results: { particles_picked: 120, confidence: 0.9 } },
        body: { number_of_particles_picked: 120 },
        natural: { micrograph_id: "u" },
      },
    ],
  },
  "particle_selection.completed": {
    flat: {
      micrograph_uuid: "m",
      number_of_particles_selected: 80,
      number_of_particles_rejected: 40,
      selection_distribution: { "0.5": 12 },
    },
    enveloped: [
      {
        payload: {
          micrograph_id: "u",
          selection_results: { number_of_particles_selected: 80, number_of_particles_rejected: 40 },
        },
        body: { number_of_particles_selected: 80, number_of_particles_rejected: 40 },
        natural: { micrograph_id: "u" },
      },
      {
        payload: {
          micrograph_id: "u",
          selection_results: { total_particles: 120, selected_particles: 80, rejected_particles: 40 },
        },
        body: { number_of_particles_selected: 80, number_of_particles_rejected: 40 },
        natural: { micrograph_id: "u" },
      },
    ],
  },
  "gridsquare.model_prediction": {
    flat: { gridsquare_uuid: "s", prediction_model_name: "resnet", prediction_value: 0.7, metric: "ctfmaxresolution" },
    enveloped: [
      {
        payload: {
          gridsquare_id: "7",
          grid_uuid: "g",
          prediction_results: { quality_score: 0.7 },
          model_info: { model_name: "resnet", model_version: "2" },
        },
        body: { prediction_model_name: "resnet", prediction_value: 0.7 },
        natural: { gridsquare_id: "7", grid_uuid: "g" },
      },
    ],
  },
  "foilhole.model_prediction": {
    flat: { foilhole_uuid: "h", prediction_model_name: "resnet", prediction_value: 0.7 },
    enveloped: [
      {
        payload: {
          gridsquare_id: "7",
          grid_uuid: "g",
          foilhole_predictions: [{ foilhole_id: "9", quality_score: 0.7 }],
          model_info: { model_name: "resnet" },
        },
        body: { prediction_model_name: "resnet", prediction_value: 0.7 },
        natural: { gridsquare_id: "7", grid_uuid: "g", foilhole_id: "9" },
      },
      {
        payload: {
          foilhole_predictions: [
            { foilhole_uuid: "h", quality_score: 0.7 },
            { foilhole_uuid: "k", quality_score: null },
            { foilhole_id: "8" },
          ],
          model_info: { model_name: "resnet" },
        },
        body: { foilhole_uuid: "h", prediction_model_name: "resnet", prediction_value: 0.7 },
      },
    ],
  },
  "foilhole.model_multi_prediction": {
    flat: { foilhole_uuids: ["h", "k"], prediction_model_name: "resnet", prediction_value: 0.7 },
  },
  "foilhole.group_create": { flat: { grid_uuid: "g", foilhole_uuids: ["h"], group_uuid: "x", name: "thin" } },
  "foilhole.group_model_prediction": {
    flat: { group_uuid: "x", prediction_model_name: "resnet", prediction_value: 1 },
  },
  "grid.model_parameter_update": {
    flat: { grid_uuid: "g", prediction_model_name: "latent", key: "h", value: 3, group: "cluster_indices" },
  },
  "refresh.predictions": { flat: { grid_uuid: "g" } },
  "atlas.model_prediction": { flat: { uuid: "a", prediction_value: 0.2, model_name: "resnet" } },
  "agent.instruction.created": {
    flat: {
      instruction_id: "i",
      session_id: "s",
      agent_id: "a",
      instruction_type: "agent.status.request",
      payload: { payload: { nested: true } },
      priority: "high",
    },
  },
};

describe.each(INCOMING_EVENT_TYPES)("%s", (type) => {
  const { flat, enveloped = [] } = EXAMPLES[type];

  test("is understood in its flat form, and the same payload in an envelope is the same", () => {
    const plain = normalise({ event_type: type, ...flat }, "id-1");
    expect(plain).toEqual({
      ok: true,
      messages: [{ eventType: type, messageId: "id-1", body: flat, natural: null }],
    });
    const envelope = {
      message_id: "id-2",
      event_type: type,
      timestamp: "2026-01-01T00:00:00Z",
      source: "x",
      payload: flat,
    };
    expect(normalise(envelope)).toMatchObject({
      ok: true,
      messages: [{ eventType: type, messageId: "id-2", body: flat, natural: null }],
    });
  });

  test.each(enveloped)("is understood with richer results: $payload", ({ payload, body, natural }) => {
    const result = normalise({
      message_id: "id",
      event_type: type,
      timestamp: "2026-01-01T00:00:00Z",
      source: "x",
      payload,
    });
    expect(result).toMatchObject({ ok: true, messages: [{ eventType: type, messageId: "id", body: body ?? flat }] });
    if (!result.ok) return;
    const [message] = result.messages;
    expect(message?.body).toEqual(body ?? flat);
    expect(JSON.parse(JSON.stringify(message?.natural ?? null))).toEqual(natural ?? null);
  });

  test("each field that is missing or of another kind is named in the reason", () => {
    const optional = new Set(["metric", "name", "group", "selection_distribution", "priority"]);
    for (const field of Object.keys(flat)) {
      const { [field]: _left, ...rest } = flat;
      const result = normalise({ event_type: type, ...rest });
      if (optional.has(field)) expect(result.ok, field).toBe(true);
      else
        expect(result, field).toMatchObject({ ok: false, code: "malformed", reason: expect.stringContaining(field) });
      if (field === "payload") continue;
      expect(normalise({ event_type: type, ...flat, [field]: [[]] }), field).toMatchObject({
        ok: false,
        reason: expect.stringContaining(field),
      });
    }
  });
});

test("whatever arrives is either understood or refused with a reason, and never throws", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        fc.record({ event_type: fc.constantFrom(...INCOMING_EVENT_TYPES), payload: fc.anything() }),
        fc
          .tuple(fc.constantFrom(...INCOMING_EVENT_TYPES), fc.dictionary(fc.string(), fc.anything()))
          .map(([event_type, fields]) => ({ ...EXAMPLES[event_type].flat, ...fields, event_type })),
      ),
      (message) => {
        const result = normalise(message);
        return result.ok ? result.messages.length >= 0 : result.reason.length > 0;
      },
    ),
    { numRuns: 500 },
  );
});

test("an envelope that names nothing is malformed, as a whole where one of its predictions names nothing", () => {
  const model_info = { model_name: "model" };
  const square = {
    event_type: "gridsquare.model_prediction",
    payload: { grid_uuid: "g", prediction_results: { quality_score: 0.5 }, model_info },
  };
  expect(normalise(square)).toMatchObject({
    ok: false,
    reason: "payload has neither gridsquare_uuid nor gridsquare_id",
  });
  const result = {
    event_type: "ctf.completed",
    payload: { gridsquare_id: "1", ctf_results: { resolution_estimate: 3 } },
  };
  expect(normalise(result)).toMatchObject({
    ok: false,
    reason: "payload has neither micrograph_uuid nor micrograph_id",
  });
  const holes = (foilhole_predictions: unknown[]) =>
    normalise({
      event_type: "foilhole.model_prediction",
      payload: { gridsquare_id: "1", foilhole_predictions, model_info },
    });
  const good = { foilhole_id: "7", quality_score: 0.5 };
  expect(holes([good])).toMatchObject({ ok: true, messages: [{ natural: { foilhole_id: "7" } }] });
  expect(holes([])).toMatchObject({ ok: false, code: "malformed", reason: expect.stringContaining("no prediction") });
  expect(holes([{ ...good, quality_score: null }])).toMatchObject({ ok: false, code: "malformed" });
  for (const bad of ["7", null, [], { quality_score: 0.5 }]) {
    expect(holes([good, bad])).toMatchObject({ ok: false, code: "malformed" });
  }
});
