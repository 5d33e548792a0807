import { isDeepStrictEqual } from "node:util";
import { SmartemError } from "@smartem/common/errors";
import { nullable, oneOf, Type } from "@smartem/common/schema";
import { decide } from "@smartem/decision/decide";
import { explainHole, explainPlan, explainSquare } from "@smartem/decision/explain";
import type { DecisionInput, DecisionOutput } from "@smartem/decision/types";
import type { FastifyInstance } from "fastify";
import type { DecisionMode } from "../config.js";
import { type Pool, type Transaction, transaction } from "../database/connection.js";
import { requireEntity } from "../entities/read.js";
import { resolveAliases } from "../entities/store.js";
import { recordEvents } from "../events/outbox.js";
import { type Paging, PagingQuery, pageOf } from "../http/paging.js";
import { operationId, ref, register, routePath } from "../http/server.js";
import { ChosenEntity, DecisionReplay, Proposal } from "./answers.js";
import { answerProposal, pendingProposal } from "./proposals.js";
import { decodeRecord } from "./record.js";
import { requestDecisions } from "./requests.js";

type Params = Record<string, string>;

type Choice = "locked" | "selected" | null;
const ChoiceBody = Type.Object({ choice: nullable(oneOf(["locked", "selected"])) }, { title: "OperatorChoice" });
/** As many as the largest grids have holes. */
const Chosen = Type.Array(Type.String(), { maxItems: 100_000 });
const Choices = Type.Object(
  { ...ChoiceBody.properties, gridsquare_uuids: Type.Optional(Chosen), foilhole_uuids: Type.Optional(Chosen) },
  { title: "OperatorChoices" },
);
const ChoicesAnswer = Type.Object({ changed: Type.Integer() }, { title: "OperatorChoicesResponse" });
const ProposalAnswered = Type.Object(
  { decision_id: Type.Integer(), answer: oneOf(["approve", "reject"]) },
  { title: "ProposalAnswered" },
);
/** How many of the first holes of a replayed plan are explained one by one. */
const EXPLAINED_HOLES = 20;

/** What people decide: locks and selections, answers to proposals; and looking at a decision again. */
export function operatorRoutes(app: FastifyInstance, pool: Pool, defaultMode: DecisionMode): void {
  register(app, ChoiceBody, Choices, ChoicesAnswer, ChosenEntity, Proposal, ProposalAnswered, DecisionReplay);
  choices(app, pool);
  proposals(app, pool, defaultMode);
  replay(app, pool);
}

function choices(app: FastifyInstance, pool: Pool): void {
  for (const [entity, path] of [
    ["gridsquare", "/gridsquares/{gridsquare_uuid}/choice"],
    ["foilhole", "/foilholes/{foilhole_uuid}/choice"],
  ] as const) {
    app.put(
      routePath(path),
      {
        schema: {
          operationId: operationId(`choose_${entity}`, path, "put"),
          summary:
            "Locks a square or hole out, wants it imaged first, or (null) leaves it to the decisions again. Decisions never overrule it",
          tags: ["Decisions"],
          body: ref(ChoiceBody),
          response: { 200: ref(ChoiceBody) },
        },
      },
      async (request) => {
        const { choice } = request.body as { choice: Choice };
        await transaction(pool, async (tx) => {
          const uuid = await requireEntity(tx, entity, (request.params as Params)[`${entity}_uuid`] ?? "");
          await storeChoices(tx, entity, [uuid], null, choice);
        });
        return { choice };
      },
    );
  }
  const list = "/grids/{grid_uuid}/choices";
  app.get(
    routePath(list),
    {
      schema: {
        operationId: operationId("get_choices", list, "get"),
        tags: ["Decisions"],
        querystring: Type.Object(PagingQuery),
        response: { 200: Type.Array(ref(ChosenEntity)) },
      },
    },
    async (request, reply) => {
      const grid = await requireEntity(pool, "grid", (request.params as Params).grid_uuid ?? "");
      const { rows } = await pool.query(
        "select entity_uuid, choice, chosen_at from operator_choices where grid_uuid = $1 order by chosen_at",
        [grid],
      );
      return pageOf(reply, rows, request.query as Paging);
    },
  );
  app.put(
    routePath(list),
    {
      schema: {
        operationId: operationId("choose_many", list, "put"),
        summary: "The same choice about many squares and holes of a grid; what is not of this grid is left alone",
        tags: ["Decisions"],
        body: ref(Choices),
        response: { 200: ref(ChoicesAnswer) },
      },
    },
    async (request) => {
      const {
        choice,
        gridsquare_uuids = [],
        foilhole_uuids = [],
      } = request.body as {
        choice: Choice;
        gridsquare_uuids?: string[];
        foilhole_uuids?: string[];
      };
      return transaction(pool, async (tx) => {
        const grid = await requireEntity(tx, "grid", (request.params as Params).grid_uuid ?? "");
        const squares = await storeChoices(tx, "gridsquare", gridsquare_uuids, grid, choice);
        const holes = await storeChoices(tx, "foilhole", foilhole_uuids, grid, choice);
        return { changed: squares + holes };
      });
    },
  );
}

/**
 * Stores a choice about squares or holes and asks for new plans.
 *
 * @param gridUuid only those of this grid; null: of any
 * @returns how many there are of them
 */
async function storeChoices(
  tx: Transaction,
  entity: "gridsquare" | "foilhole",
  uuids: readonly string[],
  gridUuid: string | null,
  choice: Choice,
): Promise<number> {
  const aliases = await resolveAliases(tx, uuids);
  const { rows } = await tx.query<{ uuid: string; grid_uuid: string; acquisition_uuid: string }>(
    `select e.uuid, s.grid_uuid, g.acquisition_uuid
     from ${entity}s e join gridsquares s on s.uuid = ${entity === "gridsquare" ? "e.uuid" : "e.gridsquare_uuid"}
       join grids g on g.uuid = s.grid_uuid
     where e.uuid = any($1) and ($2::text is null or s.grid_uuid = $2)`,
    [uuids.map((uuid) => aliases.get(uuid) ?? uuid), gridUuid],
  );
  const found = rows.map((row) => row.uuid);
  if (choice === null) await tx.query("delete from operator_choices where entity_uuid = any($1)", [found]);
  else {
    await tx.query(
      `insert into operator_choices (entity_uuid, grid_uuid, choice)
       select uuid, grid_uuid, $3 from unnest($1::text[], $2::text[]) as x(uuid, grid_uuid) order by uuid
       on conflict (entity_uuid) do update set choice = excluded.choice, chosen_at = now()`,
      [found, rows.map((row) => row.grid_uuid), choice],
    );
  }
  await requestDecisions(
    tx,
    rows.map((row) => row.grid_uuid),
  );
  await recordEvents(
    tx,
    rows.map((row) => ({
      eventType: "operator.choice",
      gridUuid: row.grid_uuid,
      acquisitionUuid: row.acquisition_uuid,
      payload: { entity, uuid: row.uuid, choice },
    })),
  );
  return rows.length;
}

function proposals(app: FastifyInstance, pool: Pool, defaultMode: DecisionMode): void {
  const path = "/grids/{grid_uuid}/proposal";
  app.get(
    routePath(path),
    {
      schema: {
        operationId: operationId("get_proposal", path, "get"),
        summary: "The change of plan that waits for an operator (mode advise), or null",
        tags: ["Decisions"],
        response: { 200: nullable(ref(Proposal)) },
      },
    },
    async (request, reply) => {
      const grid = await requireEntity(pool, "grid", (request.params as Params).grid_uuid ?? "");
      const proposal = await pendingProposal(pool, grid, defaultMode);
      const body = proposal && {
        decision_id: proposal.decision_id,
        created_at: proposal.created_at,
        instructions: proposal.tellings.map(({ instructionType, payload }) => ({
          instruction_type: instructionType,
          payload,
        })),
      };
      return reply.type("application/json; charset=utf-8").send(JSON.stringify(body));
    },
  );
  for (const answer of ["approve", "reject"] as const) {
    const answerPath = `/grids/{grid_uuid}/proposal/${answer}`;
    const body = Type.Object({ decision_id: Type.Integer() }, { title: "ProposalAnswer" });
    register(app, body);
    app.post(
      routePath(answerPath),
      {
        schema: {
          operationId: operationId(`${answer}_proposal`, answerPath, "post"),
          tags: ["Decisions"],
          body: ref(body),
          response: { 200: ref(ProposalAnswered) },
        },
      },
      async (request) => {
        const { decision_id } = request.body as { decision_id: number };
        return transaction(pool, async (tx) => {
          const grid = await requireEntity(tx, "grid", (request.params as Params).grid_uuid ?? "");
          await answerProposal(tx, grid, decision_id, answer, defaultMode);
          return { decision_id, answer };
        });
      },
    );
  }
}

function replay(app: FastifyInstance, pool: Pool): void {
  const path = "/grids/{grid_uuid}/decisions/{decision_id}/replay";
  app.get(
    routePath(path),
    {
      schema: {
        operationId: operationId("replay_decision", path, "get"),
        summary:
          "Computes a stored decision again from its stored input, compares it to the bit, and explains it in words",
        tags: ["Decisions"],
        params: Type.Object({ grid_uuid: Type.String(), decision_id: Type.Integer() }),
        response: { 200: ref(DecisionReplay) },
      },
    },
    async (request) => {
      const { grid_uuid, decision_id } = request.params as { grid_uuid: string; decision_id: number };
      const grid = await requireEntity(pool, "grid", grid_uuid);
      const { rows } = await pool.query<{
        created_at: string;
        mode: string;
        input: Buffer | null;
        output: Buffer | null;
      }>("select created_at, mode, input, output from decisions where grid_uuid = $1 and id = $2", [grid, decision_id]);
      const [row] = rows;
      if (row === undefined) throw new SmartemError("not_found", 404, `Decision ${decision_id} not found`);
      if (row.input === null || row.output === null) {
        throw new SmartemError(
          "not_recorded",
          409,
          `Decision ${decision_id} changed nothing that the microscope was told, so its input was not kept.`,
          {
            hint: "Choose a decision that is listed as replayable.",
          },
        );
      }
      const input = (await decodeRecord(row.input)) as DecisionInput;
      const stored = (await decodeRecord(row.output)) as DecisionOutput;
      const output = decide(input);
      return {
        decision_id,
        created_at: row.created_at,
        mode: row.mode,
        // The versions are answered beside it: those of an earlier engine never are today's.
        identical: isDeepStrictEqual({ ...output, versions: null }, { ...stored, versions: null }),
        versions: { stored: stored.versions, now: output.versions },
        explanation: explainPlan(input, stored),
        squares: [...stored.squareOrder].map((square) => ({
          gridsquare_uuid: input.squares.ids[square],
          explanation: explainSquare(stored, square),
        })),
        holes: [...stored.order.subarray(0, EXPLAINED_HOLES)].map((hole) => ({
          foilhole_uuid: input.holes.ids[hole],
          explanation: explainHole(input, stored, hole),
        })),
      };
    },
  );
}
