import { ok } from "@smartem/common/result";
import { expect, test } from "vitest";
import { sessionFiles, writeFiles } from "../testing/epu-folder.js";
import { Workplace } from "../testing/harness.js";
import { SMALL_SESSION } from "../testing/sessions.js";
import { readWholeFile } from "./read-file.js";

test("a file that the agent itself can't cope with is reported, holds up no other, and is tried again by the next agent", async () => {
  const workplace = await Workplace.open();
  try {
    writeFiles(workplace.watched, sessionFiles(SMALL_SESSION));
    const agent = await workplace.agent({
      readFile: (path, expected) => {
        if (path.includes("101000_Data_9000")) throw new Error("a defect");
        // Bytes that are none make the parser fail in a way that is no file's fault.
        if (path.includes("101000_Data_9001")) {
          const stamp = { size: 1, mtimeMs: 0, ctimeMs: 0 };
          return ok({ bytes: null as unknown as Uint8Array, stamp });
        }
        return readWholeFile(path, expected);
      },
    });
    await agent.settled();
    expect(workplace.api.counts().micrograph).toBe(10);
    expect(agent.status().unread.map((file) => file.code)).toEqual(["defect", "defect"]);
    await agent.stop();
    const next = await workplace.agent();
    await next.settled();
    expect(workplace.api.counts().micrograph).toBe(12);
    expect(next.status().unread).toEqual([]);
  } finally {
    await workplace.close();
  }
});
