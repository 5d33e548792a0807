import { stat } from "node:fs/promises";
import { messageOf, SmartemError } from "@smartem/common/errors";
import { request } from "undici";
import { type ClientCredentials, readCredentials } from "../auth/agent-env.js";
import { ClientCredentialsTokens } from "../auth/token-source.js";
import { type Finding, fails, isFine, warns } from "./finding.js";

const TIMEOUT_MS = 10_000;
const SLOW_MS = 2_000;
/** Tokens are valid within 60 s of the server's clock. */
const MOST_SKEW_MS = 30_000;
const GOOD_SKEW_MS = 2_000;
/** HTTP tells the time in whole seconds. */
const DATE_RESOLUTION_MS = 1_000;
const OTHERS_MAY_READ = 0o077;

/** Whether there are credentials, whether nobody else may read them, and whether they are accepted. */
export async function checkCredentials(
  configFile: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly findings: readonly Finding[]; readonly token: string | null }> {
  const check = "credentials";
  const findings: Finding[] = [];
  let credentials: ClientCredentials | null;
  try {
    credentials = readCredentials(configFile, environment);
  } catch (thrown) {
    const hint = thrown instanceof SmartemError ? thrown.hint : undefined;
    return { findings: [fails(check, messageOf(thrown), hint ?? "Check agent.env.")], token: null };
  }
  if (credentials === null) {
    return { findings: [isFine(check, "None are configured: the API is to ask for none.")], token: null };
  }
  if (configFile !== null && process.platform !== "win32") {
    const { mode } = await stat(configFile);
    if ((mode & OTHERS_MAY_READ) !== 0) {
      findings.push(warns(check, `Others may read ${configFile}.`, `Take it from them: chmod 600 ${configFile}`));
    }
  }
  const token = await new ClientCredentialsTokens(credentials).token();
  if (!token.ok) {
    const hint = "Check KEYCLOAK_URL and KEYCLOAK_REALM, and that the client is known there with this secret or key.";
    return { findings: [...findings, fails(check, token.error, hint)], token: null };
  }
  const means = "secret" in credentials.proof ? "secret" : "private key";
  findings.push(isFine(check, `${credentials.url} gives tokens to ${credentials.clientId} (by its ${means}).`));
  return { findings, token: token.value };
}

/** Whether the API answers, takes the token, and tells the same time. */
export async function checkApi(apiUrl: string, token: string | null): Promise<Finding[]> {
  const check = "API";
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const get = (path: string) =>
    request(`${apiUrl}${path}`, { headers, headersTimeout: TIMEOUT_MS, bodyTimeout: TIMEOUT_MS });
  const begunAtMs = Date.now();
  const begun = performance.now();
  let status: number;
  let date: string | undefined;
  let tookMs: number;
  try {
    const answer = await get("/status");
    tookMs = performance.now() - begun;
    status = answer.statusCode;
    date = typeof answer.headers.date === "string" ? answer.headers.date : undefined;
    await answer.body.dump();
  } catch (thrown) {
    return [
      fails(
        check,
        `${apiUrl} does not answer: ${messageOf(thrown)}`,
        "Check --api-url, the firewall and whether the backend runs. An agent that runs goes on trying.",
      ),
    ];
  }
  const findings = [answerOf(apiUrl, status, tookMs), ...clockOf(date, begunAtMs + tookMs / 2)];
  if (status !== 200) return findings;
  try {
    // Of what an agent does, this changes nothing; it shows whether the token is taken.
    const answer = await get("/acquisitions");
    await answer.body.dump();
    if (answer.statusCode === 401 || answer.statusCode === 403) {
      findings.push(
        fails(
          check,
          `${apiUrl} refuses access (${answer.statusCode}).`,
          token === null
            ? "The API asks for a token: name an agent.env with credentials with --config."
            : "The token is not accepted: check that KEYCLOAK_REALM is the API's, and that the client may use it.",
        ),
      );
    }
  } catch (thrown) {
    findings.push(warns(check, `${apiUrl}/acquisitions does not answer: ${messageOf(thrown)}`, "See the API's log."));
  }
  return findings;
}

function answerOf(apiUrl: string, status: number, tookMs: number): Finding {
  const took = `${Math.round(tookMs)} ms`;
  if (status === 401 || status === 403) return isFine("API", `${apiUrl} answers (${took}).`);
  if (status !== 200) {
    return fails("API", `${apiUrl}/status was answered with ${status}.`, "Check --api-url: is this SmartEM's API?");
  }
  return tookMs > SLOW_MS
    ? warns("API", `${apiUrl} answers only after ${took}.`, "Check the network and the load of the API's computer.")
    : isFine("API", `${apiUrl} answers (${took}).`);
}

function clockOf(date: string | undefined, nowMs: number): Finding[] {
  const check = "clock";
  const theirs = date === undefined ? Number.NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return [];
  const skewMs = nowMs - (theirs + DATE_RESOLUTION_MS / 2);
  const text = `This computer's clock is ${Math.abs(skewMs / 1_000).toFixed(1)} s ${skewMs > 0 ? "ahead of" : "behind"} the API's.`;
  const hint = "Let both computers set their clocks by the same time server (NTP).";
  if (Math.abs(skewMs) > MOST_SKEW_MS) return [fails(check, `${text} Tokens will be refused.`, hint)];
  return [Math.abs(skewMs) > GOOD_SKEW_MS ? warns(check, text, hint) : isFine(check, text)];
}

/** Whether Athena answers, where it is to be used. */
export async function checkAthena(athenaUrl: string | null): Promise<Finding> {
  const check = "Athena";
  if (athenaUrl === null) {
    return isFine(check, "No --athena-url: instructions to the microscope are declined.");
  }
  const { createAthenaClient } = await import("@smartem/athena-api/client");
  const { pluginsTakenOver } = await import("@smartem/athena-api/ensure");
  const client = createAthenaClient({ baseUrl: athenaUrl });
  try {
    const sessions = await client.getSessions();
    if (!sessions.ok) return notWorking(athenaUrl, sessions.error.message);
    const plugins = await pluginsTakenOver(client);
    if (!plugins.ok) return notWorking(athenaUrl, plugins.error.message);
    const left = [...plugins.value].join(", ") || "nothing";
    const knows = `it knows ${sessions.value.length} sessions`;
    return isFine(check, `${athenaUrl} answers; ${knows}; EPU leaves ${left} to decision software.`);
  } finally {
    await client.close();
  }
}

function notWorking(athenaUrl: string, reason: string): Finding {
  return fails(
    "Athena",
    `${athenaUrl} does not do its work: ${reason}`,
    "Check --athena-url and whether the Decision Service runs on the microscope PC.",
  );
}
