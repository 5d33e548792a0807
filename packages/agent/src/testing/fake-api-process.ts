import { FakeApi } from "./fake-api.js";

/* The fake API as a process of its own: prints its address, and its counts on every line that it reads. */

const api = new FakeApi();
api.keepsRequests = false;
await api.start();
process.stdout.write(`${api.url}\n`);
process.stdin.on("data", () => {
  process.stdout.write(
    `${JSON.stringify({ ...api.counts(), registered: api.registered.length, ingests: api.ingests })}\n`,
  );
});
process.stdin.on("end", () => process.exit(0));
