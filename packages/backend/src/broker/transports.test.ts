import { randomBytes, randomUUID } from "node:crypto";
import { Connection, type SyncMessage } from "rabbitmq-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BackendForTests,
  eventually,
  smallSession,
  startBackendForTests,
  type TransportKind,
} from "../testing/backend-for-tests.js";
import { rabbitmqForTests } from "../testing/rabbitmq-for-tests.js";
import { followEvents } from "../testing/sse-for-tests.js";

/** An external pipeline, as each transport lets it in. */
interface Pipeline {
  send(messages: readonly unknown[]): Promise<void>;
  /** Sends bytes that are no JSON, as a broken program would. */
  sendGarbage(): Promise<void>;
  /** Events that the backend has published so far. */
  readonly heard: Record<string, unknown>[];
  close(): Promise<void>;
}

async function connectPipeline(at: BackendForTests): Promise<Pipeline> {
  const heard: Record<string, unknown>[] = [];
  if (at.vhost === null) {
    const stream = followEvents(`${at.url}/events/stream?after=0`, (event, data) => {
      if (event !== "heartbeat") heard.push(data as Record<string, unknown>);
    });
    return {
      heard,
      async send(messages) {
        const { status } = await at.request("POST", "/events", messages);
        expect(status).toBe(202);
      },
      async sendGarbage() {
        const { status } = await at.request("POST", "/events", ["no event at all"]);
        expect(status).toBe(202);
      },
      close: () => stream.close(),
    };
  }
  const connection = new Connection({ url: at.vhost.url });
  const publisher = connection.createPublisher({ confirm: true });
  const consumer = connection.createConsumer(
    {
      queue: "pipeline",
      queueOptions: { durable: true },
      exchanges: [{ exchange: "smartem.events", type: "topic", durable: true }],
      queueBindings: [{ exchange: "smartem.events", routingKey: "#" }],
    },
    async (message) => {
      heard.push(message.body as Record<string, unknown>);
    },
  );
  // A cut connection is told of; what could not be acknowledged comes again.
  connection.on("error", () => undefined);
  consumer.on("error", () => undefined);
  await new Promise<void>((resolve) => consumer.once("ready", () => resolve()));
  return {
    heard,
    async send(messages) {
      for (const message of messages) {
        const { message_id } = message as { message_id?: string };
        await publisher.send(
          {
            routingKey: "smartem_backend",
            durable: true,
            contentType: "application/json",
            ...(message_id === undefined || message_id.length > 255 ? {} : { messageId: message_id }),
          },
          message,
        );
      }
    },
    sendGarbage: () => publisher.send({ routingKey: "smartem_backend", durable: true }, Buffer.from("{no JSON")),
    async close() {
      await consumer.close();
      await publisher.close();
      await connection.close();
    },
  };
}

/** Takes messages out of a queue, as a person with the broker's own tools would. */
async function take(url: string, queue: string, count: number): Promise<SyncMessage[]> {
  const connection = new Connection({ url });
  const taken: SyncMessage[] = [];
  try {
    await eventually(
      async () => {
        const message = await connection.basicGet({ queue, noAck: true }).catch(() => undefined);
        if (message !== undefined) taken.push(message);
        return taken.length;
      },
      (n) => n >= count,
    );
  } finally {
    await connection.close();
  }
  return taken;
}

const KINDS: TransportKind[] = ["embedded", "rabbitmq", "rabbitmq with quorum queues"];

describe.each(KINDS)("the queue over %s", (kind) => {
  if (kind !== "embedded" && rabbitmqForTests() === null) {
    test.skip("needs a RabbitMQ (SMARTEM_TEST_RABBITMQ_URL)", () => undefined);
    return;
  }
  let at: BackendForTests;
  let pipeline: Pipeline;

  beforeAll(async () => {
    at = await startBackendForTests(kind);
    pipeline = await connectPipeline(at);
  });
  afterAll(async () => {
    await pipeline.close();
    await at.stop();
  });

  const inbox = () =>
    at.rows<{ event_type: string; status: string; reason: string | null }>(
      "select event_type, status, reason from inbox order by id",
    );
  const settled = () => eventually(inbox, (messages) => messages.every(({ status }) => status === "dead"));

  test("a result reaches its micrograph, and its status moves on however results are ordered", async () => {
    await at.request("POST", "/ingest", smallSession("order", 3));
    await pipeline.send([
      { event_type: "particle_picking.completed", micrograph_uuid: "order-m0", number_of_particles_picked: 120 },
      { event_type: "ctf.completed", micrograph_uuid: "order-m0", ctf_max_resolution_estimate: 3.5 },
      { event_type: "motion_correction.completed", micrograph_uuid: "order-m0", total_motion: 12, average_motion: 0.3 },
    ]);
    const micrograph = await eventually(
      async () => (await at.request("GET", "/micrographs/order-m0")).body as Record<string, unknown>,
      (seen) =>
        seen.total_motion === 12 && seen.ctf_max_resolution_estimate === 3.5 && seen.number_of_particles_picked === 120,
    );
    expect(micrograph.status).toBe("particle picking completed");
  });

  test("the last word on a hole counts, whichever kind of message says it; a group speaks of all its holes", async () => {
    await at.request("POST", "/ingest", smallSession("lane", 3));
    const model = { prediction_model_name: "lane-model" };
    const one = (value: number) => ({
      event_type: "foilhole.model_prediction",
      foilhole_uuid: "lane-h0",
      ...model,
      prediction_value: value,
    });
    const many = (value: number) => ({
      event_type: "foilhole.model_multi_prediction",
      foilhole_uuids: ["lane-h0", "lane-h1"],
      ...model,
      prediction_value: value,
    });
    const group = (hole: string) => ({
      event_type: "foilhole.group_create",
      grid_uuid: "lane-g",
      group_uuid: "lane-group",
      foilhole_uuids: [hole],
    });
    await pipeline.send([
      many(0.9),
      one(0.1),
      one(0.7),
      many(0.3),
      one(0.2),
      group("lane-h1"),
      { event_type: "foilhole.group_model_prediction", group_uuid: "lane-group", ...model, prediction_value: 0.6 },
      group("lane-h2"),
    ]);
    const members = () => at.rows("select from foilhole_group_members where group_uuid = 'lane-group'");
    await eventually(members, (found) => found.length === 2);
    const predicted = await at.rows<{ foilhole_uuid: string; value: number }>(
      "select foilhole_uuid, value from quality_predictions where prediction_model_name = 'lane-model' order by id",
    );
    const of = (hole: string) => predicted.filter((row) => row.foilhole_uuid === hole).map(({ value }) => value);
    expect(of("lane-h0")).toEqual([0.9, 0.1, 0.7, 0.3, 0.2]);
    expect(of("lane-h1")).toEqual([0.9, 0.3, 0.6]);
    expect(of("lane-h2")).toEqual([0.6]);
    expect(
      await at.rows(
        "select value from current_predictions where entity_uuid in ('lane-h0', 'lane-h1') order by entity_uuid",
      ),
    ).toEqual([{ value: 0.2 }, { value: 0.3 }]);
  });

  test("a message that is sent twice under one id takes effect once", async () => {
    await at.request("POST", "/ingest", smallSession("twice", 2));
    const message = {
      message_id: randomUUID(),
      event_type: "foilhole.model_prediction",
      foilhole_uuid: "twice-h0",
      prediction_model_name: "resnet",
      prediction_value: 0.7,
    };
    const later = { ...message, message_id: randomUUID(), foilhole_uuid: "twice-h1" };
    await pipeline.send([message, message]);
    await pipeline.send([message, later]);
    await eventually(
      () => at.rows("select 1 from quality_predictions where foilhole_uuid = 'twice-h1'"),
      (rows) => rows.length === 1,
    );
    await settled();
    expect(await at.rows("select value from quality_predictions where foilhole_uuid = 'twice-h0'")).toEqual([
      { value: 0.7 },
    ]);
  });

  test("two equal messages without an id are two", async () => {
    await at.request("POST", "/ingest", smallSession("equal", 1));
    const message = {
      event_type: "foilhole.model_prediction",
      foilhole_uuid: "equal-h0",
      prediction_model_name: "resnet",
      prediction_value: 0.7,
    };
    await pipeline.send([message, message]);
    await eventually(
      () => at.rows("select 1 from quality_predictions where foilhole_uuid = 'equal-h0'"),
      (rows) => rows.length === 2,
    );
  });

  test("a result that comes before its micrograph is applied when the micrograph comes", async () => {
    await pipeline.send([
      { event_type: "ctf.completed", micrograph_uuid: "early-m0", ctf_max_resolution_estimate: 4.25 },
    ]);
    await eventually(inbox, (messages) =>
      messages.some(({ status, reason }) => status === "parked" && (reason ?? "").includes("early-m0")),
    );
    await at.request("POST", "/ingest", smallSession("early", 1));
    await eventually(
      async () => (await at.request("GET", "/micrographs/early-m0")).body as Record<string, unknown>,
      (seen) => seen.ctf_max_resolution_estimate === 4.25,
    );
    await settled();
  });

  test("results that name entities by EPU's ids are applied when these come, and not by a timer", async () => {
    const session = smallSession("named", 1);
    await pipeline.send([
      {
        message_id: randomUUID(),
        event_type: "ctf.completed",
        payload: {
          grid_uuid: "named-g",
          gridsquare_id: "1",
          micrograph_id: "unique-named-0",
          ctf_results: { resolution_estimate: 3.75 },
        },
      },
      {
        message_id: randomUUID(),
        event_type: "foilhole.model_prediction",
        payload: {
          grid_uuid: "named-g",
          gridsquare_id: "1",
          model_info: { model_name: "named" },
          foilhole_predictions: [{ foilhole_id: "100", quality_score: 0.25 }],
        },
      },
    ]);
    const parked = () => at.rows("select from inbox where status = 'parked' and body ? 'natural'");
    await eventually(parked, (messages) => messages.length === 2);
    await at.rows("update inbox set available_at = now() + interval '1 hour' where status = 'parked'");
    await at.request("POST", "/ingest", session);
    await eventually(
      async () => (await at.request("GET", "/micrographs/named-m0")).body as Record<string, unknown>,
      (seen) => seen.ctf_max_resolution_estimate === 3.75,
    );
    await eventually(
      () => at.rows<{ value: number }>("select value from current_predictions where entity_uuid = 'named-h0'"),
      ([row]) => row?.value === 0.25,
    );
  });

  test("enveloped results may name a micrograph by any of its uuids, also before it has come", async () => {
    const { micrographs, ...base } = smallSession("uuids", 1);
    await at.request("POST", "/ingest", base);
    const enveloped = (event_type: string, micrograph_id: string, results: Record<string, unknown>) => ({
      message_id: randomUUID(),
      event_type,
      payload: { grid_uuid: "uuids-g", gridsquare_id: "1", micrograph_id, ...results },
    });
    const ctf = (id: string, resolution: number) =>
      enveloped("ctf.completed", id, { ctf_results: { resolution_estimate: resolution } });
    const picking = (id: string, count: number) =>
      enveloped("particle_picking.completed", id, { picking_results: { particle_count: count } });
    await pipeline.send([ctf("uuids-first", 3.75), picking("uuids-second", 50)]);
    const parked = () => at.rows("select from inbox where status = 'parked' and waiting_for like 'micrograph:uuids-%'");
    await eventually(parked, (messages) => messages.length === 2);
    await at.rows("update inbox set available_at = now() + interval '1 hour' where status = 'parked'");
    const micrograph = () => at.request("GET", "/micrographs/uuids-first");
    for (const uuid of ["uuids-first", "uuids-second"]) {
      const { micrograph_id: _, ...given } = micrographs[0] ?? {};
      expect((await at.request("POST", "/foilholes/uuids-h0/micrographs", { ...given, uuid })).status).toBe(201);
    }
    await eventually(
      async () => (await micrograph()).body as Record<string, unknown>,
      (seen) => seen.ctf_max_resolution_estimate === 3.75 && seen.number_of_particles_picked === 50,
    );
    await pipeline.send([ctf("uuids-second", 4.25), picking("uuids-first", 60)]);
    await eventually(
      async () => (await micrograph()).body as Record<string, unknown>,
      (seen) => seen.ctf_max_resolution_estimate === 4.25 && seen.number_of_particles_picked === 60,
    );
  });

  test("malformed messages become dead letters with the reason, and hold up nothing", async () => {
    await at.request("POST", "/ingest", smallSession("poison", 1));
    const before = (await inbox()).length;
    await pipeline.send([
      { event_type: "ctf.completed", micrograph_uuid: "poison-m0", ctf_max_resolution_estimate: "sharp" },
    ]);
    await pipeline.send([{ event_type: "no.such.event" }]);
    await pipeline.sendGarbage();
    await pipeline.send([
      { event_type: "ctf.completed", micrograph_uuid: "poison-m0", ctf_max_resolution_estimate: 3.125 },
    ]);
    await eventually(
      async () => (await at.request("GET", "/micrographs/poison-m0")).body as Record<string, unknown>,
      (seen) => seen.ctf_max_resolution_estimate === 3.125,
    );
    const dead = (await settled()).slice(before);
    expect(dead.map(({ status }) => status)).toEqual(["dead", "dead", "dead"]);
    expect(dead[0]?.reason).toContain("ctf_max_resolution_estimate");
    expect(dead[1]?.reason).toContain("no.such.event");
    expect(dead[2]?.reason).toContain("not a JSON object");
    if (at.vhost === null) return;
    // The same letters lie in the broker's dead-letter queue, with what is wrong with them.
    const letters = await take(at.vhost.url, "smartem_backend.dead_letters", 3);
    expect(letters.map(({ headers }) => headers?.["x-error"])).toEqual(dead.map(({ reason }) => reason));
    expect(letters[1]?.body).toEqual({ event_type: "no.such.event" });
    expect(String(letters[2]?.body)).toBe("{no JSON");
  });

  test("what the database refuses to store or to apply is set aside with the reason, holds up nothing, and can be retried", async () => {
    await at.request("POST", "/ingest", smallSession("refused", 1));
    await at.rows(`
      create function refuse() returns trigger language plpgsql as $$ begin
        raise exception 'refused for a test' using errcode = tg_argv[0];
      end $$;
      create trigger data_error before insert on inbox for each row
        when (new.status = 'ready' and new.body ->> 'prediction_model_name' = 'wrong') execute function refuse('22023');
      create trigger other_error before insert on inbox for each row
        when (new.status = 'ready' and new.body ->> 'prediction_model_name' = 'too large') execute function refuse('54000');
      create trigger not_applicable before insert on quality_predictions for each row
        when (new.prediction_model_name = 'not applicable') execute function refuse('23514')`);
    const before = (await inbox()).length;
    const models = ["wrong", "too large", "not applicable", "right"];
    const all = [
      ...models.map((model) => ({
        event_type: "foilhole.model_prediction",
        foilhole_uuid: "refused-h0",
        prediction_model_name: model,
        prediction_value: 0.5,
      })),
      {
        event_type: "foilhole.model_prediction",
        // Larger than an entry of an index can be.
        message_id: randomBytes(4_000).toString("base64"),
        foilhole_uuid: "refused-h0",
        prediction_model_name: "unwieldy",
        prediction_value: 0.5,
      },
    ];
    await pipeline.send(all);
    const predicted = async () =>
      (
        await at.rows<{ model: string }>(
          "select prediction_model_name as model from quality_predictions where foilhole_uuid = 'refused-h0' order by 1",
        )
      ).map(({ model }) => model);
    await eventually(predicted, (known) => known.length === 1);
    const dead = (await eventually(inbox, (rows) => rows.length === before + 4)).slice(before);
    expect(dead.map(({ status }) => status)).toEqual(["dead", "dead", "dead", "dead"]);
    expect(dead.map(({ reason }) => reason?.includes("refused for a test"))).toEqual([true, true, true, false]);
    await at.rows("drop function refuse cascade");
    expect(
      (await at.request("POST", "/admin/queue/dead-letters/retry", { event_type: "foilhole.model_prediction" })).body,
    ).toEqual({ retried: 3, refused: 1 });
    await eventually(predicted, (known) => known.length === 4);
    expect(await predicted()).toEqual([...models].sort());
  });

  test("a dead letter that is moved back with the broker's own tools is retried; one that is none any more is passed over", async () => {
    if (at.vhost === null) return;
    await at.request("POST", "/ingest", smallSession("moved", 1));
    await at.rows(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception using errcode = '23514'; end $$;
      create trigger not_applicable before insert on quality_predictions for each row
        when (new.foilhole_uuid = 'moved-h0') execute function refuse()`);
    const letters = ["moved back", "retried here"].map((model) => ({
      // Longer than a broker takes for the id of a message.
      message_id: model.padEnd(300, "."),
      event_type: "foilhole.model_prediction",
      foilhole_uuid: "moved-h0",
      prediction_model_name: model,
      prediction_value: 0.5,
    }));
    await pipeline.send([...letters, { event_type: "no.such.event", of: "moved" }]);
    const dead = () =>
      at.rows<{ id: number; model: string | null; mirrored: boolean }>(
        `select id, body ->> 'prediction_model_name' as model, mirrored from inbox
         where status = 'dead' and 'moved' in (left(body ->> 'foilhole_uuid', 5), body ->> 'of') order by id`,
      );
    const before = await eventually(dead, (found) => found.length === 3 && found.every(({ mirrored }) => mirrored));
    await at.rows("drop function refuse cascade");
    const retried = before.find(({ model }) => model === "retried here");
    await at.request("POST", "/admin/queue/dead-letters/retry", { ids: [retried?.id] });
    const predicted = () =>
      at.rows<{ model: string }>(
        "select prediction_model_name as model from quality_predictions where foilhole_uuid = 'moved-h0' order by 1",
      );
    await eventually(predicted, (found) => found.length === 1);
    const connection = new Connection({ url: at.vhost.url });
    connection.on("error", () => undefined);
    const publisher = connection.createPublisher({ confirm: true });
    const queue = "smartem_backend.dead_letters";
    const takeAll = async () => {
      const { messageCount } = await connection.queueDeclare({ queue, passive: true });
      return take(at.vhost?.url ?? "", queue, messageCount);
    };
    for (const { body, ...envelope } of await takeAll()) {
      await publisher.send({ ...envelope, exchange: "", routingKey: "smartem_backend" }, body);
    }
    await eventually(predicted, (found) => found.length === 2);
    // What is refused again is a letter of its own, with a copy of its own.
    const after = await eventually(dead, (found) => found.length === 1 && found.every(({ mirrored }) => mirrored));
    expect(after[0]?.id).not.toBe(before[2]?.id);
    expect((await takeAll()).map(({ headers }) => headers?.["x-dead-letter-id"])).toContain(after[0]?.id);
    await settled();
    expect(await predicted()).toEqual([{ model: "moved back" }, { model: "retried here" }]);
    await publisher.close();
    await connection.close();
  });

  test("the enveloped form with EPU's ids goes the same way", async () => {
    await at.request("POST", "/ingest", smallSession("envelope", 2));
    await pipeline.send([
      {
        message_id: randomUUID(),
        event_type: "foilhole.model_prediction",
        timestamp: "2026-01-01T00:00:00Z",
        source: "pipeline",
        payload: {
          grid_uuid: "envelope-g",
          gridsquare_id: "1",
          foilhole_predictions: [
            { foilhole_id: "100", quality_score: 0.25 },
            { foilhole_id: "101", quality_score: 0.75 },
          ],
          model_info: { model_name: "enveloped" },
        },
      },
      {
        message_id: randomUUID(),
        event_type: "ctf.completed",
        timestamp: "2026-01-01T00:00:00Z",
        source: "pipeline",
        payload: { gridsquare_id: "1", micrograph_id: "unique-envelope-1", ctf_results: { resolution_estimate: 5.5 } },
      },
    ]);
    await eventually(
      () =>
        at.rows(
          "select foilhole_uuid, value from quality_predictions where prediction_model_name = 'enveloped' order by 1",
        ),
      (rows) => rows.length === 2,
    );
    await eventually(
      async () => (await at.request("GET", "/micrographs/envelope-m1")).body as Record<string, unknown>,
      (seen) => seen.ctf_max_resolution_estimate === 5.5,
    );
  });

  test("every entity is published with its event, in the order of the changes, and nothing is published twice in effect", async () => {
    await at.request("POST", "/ingest", smallSession("published", 20));
    await at.request("POST", "/ingest", smallSession("published", 20));
    const ours = () =>
      pipeline.heard
        .filter((event) => String(event.uuid).startsWith("published-"))
        .map((event) => `${String(event.event_type)} ${String(event.uuid)}`);
    const told = (pattern: RegExp, events: string[]): number =>
      new Set(events.filter((event) => pattern.test(event))).size;
    await eventually(
      ours,
      (events) => told(/\.created/, events) === 1 + 1 + 1 + 20 + 20 && told(/^foilhole.updated/, events) === 20,
    );
    const unique = [...new Set(ours())];
    expect(unique.filter((event) => event.startsWith("micrograph.created"))).toHaveLength(20);
    expect(unique.indexOf("acquisition.created published-a")).toBeLessThan(unique.indexOf("grid.created published-g"));
    expect(unique.indexOf("foilhole.created published-h0")).toBeLessThan(
      unique.indexOf("micrograph.created published-m0"),
    );
  });

  test("what was sent while the backend was down is applied when it is back", async () => {
    await at.request("POST", "/ingest", smallSession("down", 50));
    if (at.vhost === null) {
      // Over HTTP an accepted message is in the database: it survives the stop that follows at once.
      await pipeline.send(
        Array.from({ length: 50 }, (_, n) => ({
          event_type: "ctf.completed",
          micrograph_uuid: `down-m${n}`,
          ctf_max_resolution_estimate: 3 + n / 100,
        })),
      );
      await at.restart();
    } else {
      await at.backend.stop();
      await pipeline.send(
        Array.from({ length: 50 }, (_, n) => ({
          event_type: "ctf.completed",
          micrograph_uuid: `down-m${n}`,
          ctf_max_resolution_estimate: 3 + n / 100,
        })),
      );
      await at.restart();
    }
    await eventually(
      () => at.rows("select 1 from micrographs where uuid like 'down-%' and ctf_max_resolution_estimate is not null"),
      (rows) => rows.length === 50,
    );
  });
});
