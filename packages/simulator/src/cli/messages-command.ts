import { randomUUID } from "node:crypto";
import { SmartemError } from "@smartem/common/errors";
import { INCOMING_EVENT_TYPES, type IncomingEventType } from "@smartem/common/events";
import type { Command } from "commander";
import { type Channel, httpChannel, type OutgoingMessage, rabbitChannel } from "../channel.js";
import type { MessageForm } from "../processing-messages.js";
import { envelopePayload, fieldsOf, fieldValue, NATURAL_FIELDS } from "./message-types.js";
import { authorization, number, print, untilInterrupted, url } from "./options.js";
import { lookUpSquare, workflowMessages } from "./workflow.js";

interface TransportFlags {
  readonly apiUrl: string;
  readonly token?: string;
  readonly rabbitmqUrl?: string;
  readonly form: MessageForm;
  readonly dryRun: boolean;
  /** s */
  readonly wait: number;
}

interface MessageFlags extends TransportFlags {
  readonly messageId?: string;
}

const WAIT_S = 60;
const MOST_WAIT_S = 24 * 3_600;

/** `simulate messages`: what external programs send, one type of message a command, over HTTP or RabbitMQ. */
export function addMessagesCommand(parent: Command): void {
  const messages = parent
    .command("messages")
    .description("Send what external processing programs send")
    .addHelpText(
      "after",
      "\nExample:\n  smartem simulate messages ctf.completed --micrograph-uuid 3Nk0eUwXQ5m1bJr7cVfYzA --ctf-max-resolution-estimate 3.6",
    );
  messages
    .command("list-messages")
    .description("List the types of messages with their fields")
    .addHelpText("after", "\nExample:\n  smartem simulate messages list-messages")
    .action(() => {
      for (const type of INCOMING_EVENT_TYPES) {
        const fields = fieldsOf(type).map(({ name, required }) => (required ? name : `${name}?`));
        print(`${type.padEnd(34)} ${fields.join(", ")}`);
      }
    });
  for (const type of INCOMING_EVENT_TYPES) addMessageCommand(messages, type);
  addWorkflowCommand(messages);
}

function transportOptions(command: Command): Command {
  return command
    .option("--api-url <url>", "where the backend is", url, "http://127.0.0.1:8000")
    .option("--token <token>", "bearer token for the API")
    .option("--rabbitmq-url <url>", "send over RabbitMQ instead, e.g. amqp://guest:guest@127.0.0.1:5672/")
    .option("--form <form>", "flat or enveloped", messageForm, "flat" as MessageForm)
    .option("--wait <s>", "give up where nobody has taken the messages after so long", number(0.1, MOST_WAIT_S), WAIT_S)
    .option("--dry-run", "print what would be sent", false);
}

function messageForm(text: string): MessageForm {
  if (text === "flat" || text === "enveloped") return text;
  throw new SmartemError("invalid_option", 400, `--form is "${text}"; it must be flat or enveloped.`);
}

/** Something of each kind of field. */
const EXAMPLES = { text: "3Nk0eUwXQ5m1bJr7cVfYzA", number: "0.5", list: "a,b", object: "'{}'" } as const;

function addMessageCommand(parent: Command, type: IncomingEventType): void {
  const fields = fieldsOf(type);
  const known = new Set(fields.map((field) => field.name));
  const command = transportOptions(parent.command(type))
    .alias(type.replace(/[._]/g, "-"))
    .description(`Send ${type}`)
    .option("--message-id <id>", "identity of the message: sent twice, it counts once");
  for (const { flag, kind, required } of fields) {
    const value = { text: "<text>", number: "<number>", list: "<a,b,…>", object: "<json>" }[kind];
    command.option(`${flag} ${value}`, required ? "required in the flat form" : "");
  }
  for (const name of NATURAL_FIELDS) {
    if (!known.has(name))
      command.option(`--${name.replaceAll("_", "-")} <id>`, "names the entity in the enveloped form");
  }
  const needed = fields.filter(({ required }) => required).map(({ flag, kind }) => `${flag} ${EXAMPLES[kind]}`);
  command.addHelpText("after", `\nExample:\n  ${["smartem simulate messages", type, ...needed].join(" ")}`);
  command.action(async (flags: MessageFlags & Readonly<Record<string, unknown>>) => {
    const given: Record<string, unknown> = {};
    for (const field of [...fields, ...NATURAL_FIELDS.filter((name) => !known.has(name)).map(naturalField)]) {
      const text = flags[camelCase(field.name)];
      if (typeof text === "string") given[field.name] = fieldValue(field, text);
      else if (field.required && flags.form === "flat") {
        throw new SmartemError("missing_option", 400, `${type} needs ${field.flag}.`);
      }
    }
    await send(flags, [messageOf(type, flags, given)]);
  });
}

function naturalField(name: string): { name: string; flag: string; required: false; kind: "text" } {
  return { name, flag: `--${name.replaceAll("_", "-")}`, required: false, kind: "text" };
}

function messageOf(
  type: IncomingEventType,
  flags: MessageFlags,
  fields: Readonly<Record<string, unknown>>,
): OutgoingMessage {
  const message_id = flags.messageId ?? randomUUID();
  if (flags.form === "flat") return { event_type: type, message_id, ...fields };
  return {
    message_id,
    event_type: type,
    timestamp: new Date().toISOString(),
    source: "smartem simulate",
    payload: envelopePayload(type, fields),
  };
}

interface WorkflowFlags extends TransportFlags {
  readonly gridsquareId: string;
  readonly gridUuid?: string;
  readonly model: string;
  readonly seed: number;
}

function addWorkflowCommand(parent: Command): void {
  transportOptions(parent.command("workflow-simulation"))
    .description("Send everything that would be said of a grid square: predictions, motion, CTF, particles")
    .requiredOption("--gridsquare-id <id>", "EPU's id of the square")
    .option("--grid-uuid <uuid>", "the grid, where several have a square of that id")
    .option("--model <name>", "the prediction model that speaks", "workflow-simulation")
    .option("--seed <number>", "chooses the values", number(0, Number.MAX_SAFE_INTEGER, true), 1)
    .addHelpText("after", "\nExample:\n  smartem simulate messages workflow-simulation --gridsquare-id 7 --dry-run")
    .action(async (flags: WorkflowFlags) => {
      const api = { url: flags.apiUrl, headers: authorization(flags.token) };
      const square = await lookUpSquare(api, flags.gridsquareId, flags.gridUuid);
      await send(flags, workflowMessages(square, flags.model, flags.form, flags.seed, Date.now()));
    });
}

async function send(flags: TransportFlags, messages: readonly OutgoingMessage[]): Promise<void> {
  if (flags.dryRun) {
    for (const message of messages) print(JSON.stringify(message));
    return;
  }
  const refused: string[] = [];
  const problems: string[] = [];
  const channel = channelOf(flags, refused, problems);
  let isSent = false;
  await untilInterrupted(async (signal) => {
    const patience = AbortSignal.timeout(flags.wait * 1_000);
    try {
      await channel.send(messages, AbortSignal.any([signal, patience]));
      isSent = true;
    } catch (thrown) {
      if (signal.aborted) return;
      if (patience.aborted) throw notTaken(flags, problems);
      throw thrown;
    } finally {
      await channel.close();
    }
  });
  if (!isSent) return;
  if (refused.length > 0) {
    throw new SmartemError(
      "messages_refused",
      422,
      `${refused.length} of ${messages.length} messages were refused: ${refused[0]}.`,
    );
  }
  print(`${messages.length} sent`);
}

function notTaken({ rabbitmqUrl, apiUrl, wait }: TransportFlags, problems: readonly string[]): SmartemError {
  const [to, option] = rabbitmqUrl === undefined ? [apiUrl, "--api-url"] : ["RabbitMQ", "--rabbitmq-url"];
  const last = problems.at(-1);
  return new SmartemError(
    "messages_not_taken",
    503,
    `${to} has not taken the messages within ${wait} s${last === undefined ? "" : `: ${last}`}.`,
    { hint: `Check that it runs, and ${option}; --wait says how long to wait.` },
  );
}

function channelOf(flags: TransportFlags, refused: string[], problems: string[]): Channel {
  if (flags.rabbitmqUrl !== undefined) {
    return rabbitChannel({
      url: flags.rabbitmqUrl,
      onProblem: (reason) => {
        if (reason !== problems.at(-1)) process.stderr.write(`RabbitMQ: ${reason}\n`);
        problems.push(reason);
      },
    });
  }
  return httpChannel({
    apiUrl: flags.apiUrl,
    headers: authorization(flags.token),
    onRejected: (rejected) => refused.push(...rejected.map(({ reason }) => reason)),
  });
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
