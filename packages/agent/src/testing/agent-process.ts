import { startAgent } from "../agent.js";
import { openAthena } from "../control/open-athena.js";
import { FAST_TIMES } from "./harness.js";

/*
 * An agent as a process of its own, to be killed. Arguments as JSON: what startAgent takes, and athenaUrl. Prints
 * "started"; then, for each line that it reads, "settled" once it has.
 */

const { athenaUrl, ...options } = JSON.parse(process.argv[2] ?? "{}");
const agent = await startAgent({
  ...options,
  times: FAST_TIMES,
  ...(athenaUrl === undefined ? {} : { control: await openAthena(athenaUrl) }),
});
process.stdout.write("started\n");
process.stdin.on("data", () => {
  agent.settled().then(
    () => process.stdout.write("settled\n"),
    (thrown: unknown) => {
      process.stderr.write(`${String(thrown)}\n`);
      process.exit(1);
    },
  );
});
