import { messageOf, SmartemError } from "@smartem/common/errors";
import type { AckStatus } from "@smartem/common/instructions";
import type { Command } from "commander";
import { request } from "undici";
import { followEvents } from "../event-source.js";
import { authorization, number, print, untilInterrupted, url } from "./options.js";

export interface SseClientOptions {
  readonly apiUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly agentId: string;
  readonly sessionId: string;
  /** What it answers after `received`; "none": it answers nothing. */
  readonly answer: AckStatus | "none";
  readonly heartbeatS: number;
  /** Whether to take the place of the agent whose session it is. */
  readonly takeOver: boolean;
  readonly signal: AbortSignal;
  readonly write: (line: string) => void;
}

const NAME = "example client";

/**
 * An example of a client of the instruction stream: prints what comes and acknowledges it, without doing any of it.
 * Ends when `signal` is aborted. The backend sends what there is to the newest connection alone: another's session is
 * left to it unless told otherwise.
 *
 * @throws SmartemError `session_in_use` where it is another's, `session_refused` where the backend does not take it
 */
export async function runSseClient(options: SseClientOptions): Promise<void> {
  const { write } = options;
  const agent = `/agent/${encodeURIComponent(options.agentId)}`;
  const session = `${agent}/session/${encodeURIComponent(options.sessionId)}`;
  const known = (await sessionsOf(options, agent)).find((each) => each.session_id === options.sessionId);
  const isOthers = known !== undefined && known.name !== NAME;
  if (isOthers && !options.takeOver) {
    throw new SmartemError("session_in_use", 409, `Session ${options.sessionId} is another client's.`, {
      hint: "Name a session of its own. With --take-over its agent gets no instructions for as long as this runs.",
    });
  }
  if (isOthers) write(`session ${options.sessionId} is taken over: its agent gets no instructions while this runs`);
  // Registering it again changes what is said with it.
  const registration = { session_id: options.sessionId, ...(isOthers ? {} : { name: NAME }) };
  const registered = await post(options, `${agent}/sessions`, registration);
  if (registered >= 400) throw refused(`the session could not be registered (${registered})`);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  options.signal.addEventListener("abort", stop, { once: true });
  if (options.signal.aborted) stop();
  let refusal: string | null = null;
  const beat = setInterval(() => {
    post(options, `${session}/heartbeat`, {}).catch((thrown: unknown) =>
      write(`heartbeat failed: ${messageOf(thrown)}`),
    );
  }, options.heartbeatS * 1000);
  try {
    await followEvents({
      url: `${options.apiUrl}${session}/instructions/stream`,
      headers: options.headers,
      signal: stopping.signal,
      onProblem: (reason) => write(`stream lost: ${reason}`),
      onEvent: async ({ event, data }) => {
        write(`${event ?? "message"} ${data}`);
        const message = JSON.parse(data) as { readonly instruction_id?: string; readonly message?: string };
        if (event === "error") {
          refusal = message.message ?? data;
          stop();
        } else if (event === "instruction" && message.instruction_id !== undefined && options.answer !== "none") {
          for (const status of new Set(["received", options.answer])) {
            const path = `${session}/instructions/${encodeURIComponent(message.instruction_id)}/ack`;
            write(`ack ${status}: ${await post(options, path, { status, processed_at: new Date().toISOString() })}`);
          }
        }
      },
    });
  } finally {
    clearInterval(beat);
    options.signal.removeEventListener("abort", stop);
  }
  if (refusal !== null) throw refused(refusal);
}

function refused(reason: string): SmartemError {
  return new SmartemError("session_refused", 404, `The backend does not take the session: ${reason}.`);
}

/** @throws SmartemError `session_refused` where the backend does not tell */
async function sessionsOf(options: SseClientOptions, agent: string) {
  const { headers, signal } = options;
  const response = await request(`${options.apiUrl}${agent}/sessions`, { headers, signal });
  if (response.statusCode !== 200) {
    await response.body.dump();
    throw refused(`the agent's sessions could not be read (${response.statusCode})`);
  }
  return (await response.body.json()) as readonly { readonly session_id: string; readonly name: string | null }[];
}

/** @returns the status of the answer */
async function post(options: SseClientOptions, path: string, body: unknown): Promise<number> {
  const response = await request(`${options.apiUrl}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...options.headers },
    body: JSON.stringify(body),
    signal: options.signal,
  });
  await response.body.dump();
  return response.statusCode;
}

interface SseClientFlags {
  readonly apiUrl: string;
  readonly token?: string;
  readonly agentId: string;
  readonly sessionId: string;
  readonly answer: string;
  readonly heartbeatInterval: number;
  readonly takeOver?: boolean;
}

const ANSWERS = ["received", "processed", "failed", "declined", "none"] as const;

/** `sse-client` */
export function addSseClientCommand(parent: Command): void {
  parent
    .command("sse-client")
    .description("An example client: print the instructions of a session and acknowledge them")
    .option("--api-url <url>", "where the backend is", url, "http://127.0.0.1:8000")
    .option("--token <token>", "bearer token for the API")
    .option("--agent-id <id>", "", "example-client")
    .option("--session-id <id>", "", "example-session")
    .option("--answer <status>", `how to acknowledge: ${ANSWERS.join(", ")}`, "received")
    .option("--heartbeat-interval <seconds>", "", number(0.1, 3600), 60)
    .option("--take-over", "take the place of the agent whose session it is")
    .addHelpText("after", "\nExample:\n  smartem sse-client --agent-id krios1 --session-id example")
    .action(async (flags: SseClientFlags) => {
      const answer = ANSWERS.find((one) => one === flags.answer);
      if (answer === undefined) {
        throw new SmartemError(
          "invalid_option",
          400,
          `--answer is "${flags.answer}"; it must be one of ${ANSWERS.join(", ")}.`,
        );
      }
      await untilInterrupted((signal) =>
        runSseClient({
          apiUrl: flags.apiUrl,
          headers: authorization(flags.token),
          agentId: flags.agentId,
          sessionId: flags.sessionId,
          answer,
          heartbeatS: flags.heartbeatInterval,
          takeOver: flags.takeOver === true,
          signal,
          write: print,
        }),
      );
    });
}
