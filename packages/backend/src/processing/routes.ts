import { nullable, Real, type TSchema, Type } from "@smartem/common/schema";
import type { FastifyInstance } from "fastify";
import { type Pool, transaction } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { recordEvents } from "../events/outbox.js";
import { unprocessable } from "../http/errors.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { receive } from "../inbox/receive.js";

type Params = Record<string, string>;

const Count = Type.Integer({ minimum: 0, maximum: 2_147_483_647 });
const Motion = Type.Number({ minimum: 0 });
const Published = Type.Object({ published: Type.Boolean() }, { title: "ProcessingFeedbackPublishResponse" });
const MotionCompleted = Type.Object(
  { total_motion: Motion, average_motion: Motion },
  { title: "MotionCorrectionCompletedRequest" },
);
const CtfCompleted = Type.Object({ ctf_max_res: Real }, { title: "CtfEstimationCompletedRequest" });
const PickingCompleted = Type.Object(
  { number_of_particles_picked: Count },
  { title: "ParticlePickingCompletedRequest" },
);
const SelectionCompleted = Type.Object(
  {
    number_of_particles_selected: Count,
    number_of_particles_rejected: Count,
    selection_distribution: Type.Optional(nullable(Type.Record(Type.String(), Type.Unknown()))),
  },
  { title: "ParticleSelectionCompletedRequest" },
);
const registered = (title: string): TSchema =>
  Type.Object(
    { quality: Type.Boolean(), metric_name: Type.Optional(nullable(Type.String({ maxLength: 64 }))) },
    { title },
  );

/** Results that a program reports over HTTP go the way of those that come through the queue. */
export function processingRoutes(app: FastifyInstance, pool: Pool): void {
  const MotionRegistered = registered("MotionCorrectionRegisteredRequest");
  const CtfRegistered = registered("CtfEstimationRegisteredRequest");
  const PickingRegistered = registered("ParticlePickingRegisteredRequest");
  register(app, Published, MotionCompleted, CtfCompleted, MotionRegistered, CtfRegistered);
  register(app, PickingCompleted, SelectionCompleted, PickingRegistered);

  completed("motion_correction", MotionCompleted, "motion_correction.completed", (body) => body);
  completed("ctf_estimation", CtfCompleted, "ctf.completed", (body) => ({
    ctf_max_resolution_estimate: body.ctf_max_res,
  }));
  completed("particle_picking", PickingCompleted, "particle_picking.completed", (body) => body);
  completed("particle_selection", SelectionCompleted, "particle_selection.completed", (body) => body);
  judged("particle_picking", PickingRegistered, "particle_picking.registered", "numparticles");
  judged("motion_correction", MotionRegistered, "motion_correction.registered", "motioncorrection");
  judged("ctf_estimation", CtfRegistered, "ctf.registered", "ctfmaxresolution");

  function completed(
    step: string,
    body: TSchema,
    eventType: string,
    fields: (body: Record<string, unknown>) => Record<string, unknown>,
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
        const message = { event_type: eventType, micrograph_uuid, ...fields(request.body as Record<string, unknown>) };
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
          const { rows } = await tx.query<{ grid_uuid: string; acquisition_uuid: string }>(
            `select s.grid_uuid, g.acquisition_uuid from micrographs m join foilholes h on h.uuid = m.foilhole_uuid
               join gridsquares s on s.uuid = h.gridsquare_uuid join grids g on g.uuid = s.grid_uuid where m.uuid = $1`,
            [micrograph_uuid],
          );
          await recordEvents(tx, [
            {
              eventType,
              payload: { micrograph_uuid, quality, metric_name: metric_name ?? metric },
              gridUuid: rows[0]?.grid_uuid ?? null,
              acquisitionUuid: rows[0]?.acquisition_uuid ?? null,
            },
          ]);
        });
        return reply.code(202).send({ published: true });
      },
    );
  }
}
