import { nullable, Real, type TSchema, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import { type Pool, transaction } from "../database/connection.js";
import { requireEntity } from "../entities/routes.js";
import { recordEvents } from "../events/outbox.js";
import { unprocessable } from "../http/errors.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { receive } from "../inbox/receive.js";

type Params = Record<string, string>;

const Published = Type.Object({ published: Type.Boolean() }, { title: "ProcessingFeedbackPublishResponse" });
const MotionCompleted = Type.Object(
  { total_motion: Real, average_motion: Real },
  { title: "MotionCorrectionCompletedRequest" },
);
const CtfCompleted = Type.Object({ ctf_max_res: Real }, { title: "CtfEstimationCompletedRequest" });
const registered = (title: string): TSchema =>
  Type.Object(
    { quality: Type.Boolean(), metric_name: Type.Optional(nullable(Type.String({ maxLength: 64 }))) },
    { title },
  );

/** Results that a program reports over HTTP go the way of those that come through the queue. */
export function processingRoutes(app: FastifyInstance, pool: Pool): void {
  const MotionRegistered = registered("MotionCorrectionRegisteredRequest");
  const CtfRegistered = registered("CtfEstimationRegisteredRequest");
  register(app, Published, MotionCompleted, CtfCompleted, MotionRegistered, CtfRegistered);

  completed("motion_correction", MotionCompleted, "motion_correction.completed", (body) => body);
  completed("ctf_estimation", CtfCompleted, "ctf.completed", (body) => ({
    ctf_max_resolution_estimate: body.ctf_max_res,
  }));
  judged("motion_correction", MotionRegistered, "motion_correction.registered", "motioncorrection");
  judged("ctf_estimation", CtfRegistered, "ctf.registered", "ctfmaxresolution");

  function completed(
    step: string,
    body: TSchema,
    eventType: string,
    fields: (body: Record<string, number>) => Record<string, unknown>,
  ): void {
    const path = `/micrographs/{micrograph_uuid}/${step}/completed`;
    app.post(
      routePath(path),
      {
        schema: {
          operationId: operationId(`publish_micrograph_${step}_completed`, path, "post"),
          tags: ["Processing"],
          body: ref(body),
          response: { 202: ref(Published) },
        },
      },
      async (request, reply) => {
        const micrograph_uuid = await requireEntity(
          pool,
          "micrograph",
          (request.params as Params).micrograph_uuid ?? "",
        );
        const message = { event_type: eventType, micrograph_uuid, ...fields(request.body as Record<string, number>) };
        const { rejected } = await receive(pool, [{ message }]);
        const [mistake] = rejected;
        if (mistake !== undefined) throw unprocessable(["body"], mistake.message);
        return reply.code(202).send({ published: true });
      },
    );
  }

  function judged(step: string, body: TSchema, eventType: string, metric: string): void {
    const path = `/micrographs/{micrograph_uuid}/${step}/registered`;
    app.post(
      routePath(path),
      {
        schema: {
          operationId: operationId(`publish_micrograph_${step}_registered`, path, "post"),
          tags: ["Processing"],
          body: ref(body),
          response: { 202: ref(Published) },
        },
      },
      async (request, reply) => {
        const { quality, metric_name } = request.body as { quality: boolean; metric_name?: string | null };
        await transaction(pool, async (tx) => {
          const micrograph_uuid = await requireEntity(
            tx,
            "micrograph",
            (request.params as Params).micrograph_uuid ?? "",
          );
          await recordEvents(tx, [
            { eventType, payload: { micrograph_uuid, quality, metric_name: metric_name ?? metric } },
          ]);
        });
        return reply.code(202).send({ published: true });
      },
    );
  }
}
