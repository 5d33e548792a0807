import { Agent, get } from "node:http";

/** One GET over kept connections. @returns milliseconds until the last byte */
export function timedGet(agent: Agent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    get(url, { agent }, (response) => {
      response.resume();
      response.once("end", () => {
        if (response.statusCode === 200) resolve(performance.now() - start);
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
      response.once("error", reject);
    }).once("error", reject);
  });
}

/**
 * As many GETs as some clients get answered in a time, each asking again as soon as it has its answer.
 *
 * @param urls by client: all ask for the same where there is one
 */
export async function requestsPerSecond(urls: readonly string[], clients: number, seconds: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const urlOf = (client: number): string => urls[client % urls.length] ?? "";
  await Promise.all(Array.from({ length: clients }, (_, client) => timedGet(agent, urlOf(client))));
  const start = performance.now();
  const end = start + seconds * 1_000;
  let answered = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      while (performance.now() < end) {
        await timedGet(agent, urlOf(client));
        answered += 1;
      }
    }),
  );
  const took = (performance.now() - start) / 1_000;
  agent.destroy();
  return answered / took;
}
