import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { SmartemError } from "@smartem/common/errors";
import { makeFolder } from "@smartem/common/make-folder";

/** The first line of every journal, so that no other file is ever taken for one and written to. */
const HEADER = '{"athenaMockJournal":1}';

/** Far above the largest request that the mock accepts. */
const MAX_LINE_BYTES = 128 * 1024 * 1024;

/** Lines of JSON on disk, only ever appended to. */
export interface Journal {
  /** Resolves when the line is in the file; lines are written in the order of the calls. */
  append(entry: unknown): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a journal, made where there is none, and hands every entry in it to `replay`, oldest first. An incomplete
 * last line is what a killed process leaves behind; nobody was told that it was kept, so it is dropped.
 *
 * @throws SmartemError `athena_journal_invalid` where the file is no journal or a line in it cannot be read
 */
export async function openJournal(path: string, replay: (entry: unknown) => void): Promise<Journal> {
  makeFolder(dirname(path));
  const file = await open(path, "a+");
  try {
    const { size } = await file.stat();
    const completeBytes = await readLines(path, (line, number) => {
      try {
        if (number > 1) replay(JSON.parse(line));
        else if (line !== HEADER) throw new Error("it does not begin like a journal");
      } catch (thrown) {
        throw new SmartemError("athena_journal_invalid", 500, `Line ${number} of ${path} cannot be read.`, {
          hint: "Name another file to keep Athena's records in, or mend or remove this one.",
          cause: thrown,
        });
      }
    });
    // A first line cut short can only be dropped where it is the beginning of ours.
    if (completeBytes === 0 && !(await beginsLikeHeader(file, size)))
      throw new SmartemError("athena_journal_invalid", 500, `${path} is no journal of the Athena mock.`, {
        hint: "Name another file to keep Athena's records in.",
      });
    if (completeBytes < size) await file.truncate(completeBytes);
    if (completeBytes === 0) await file.appendFile(`${HEADER}\n`);
  } catch (thrown) {
    await file.close();
    throw thrown;
  }

  let pending: string[] = [];
  let written: Promise<void> = Promise.resolve();
  let failed: unknown = null;
  return {
    append(entry) {
      if (failed !== null) return Promise.reject(failed);
      pending.push(`${JSON.stringify(entry)}\n`);
      if (pending.length > 1) return written;
      written = written
        .catch(() => {})
        .then(async () => {
          const lines = pending;
          pending = [];
          try {
            await file.appendFile(lines.join(""));
          } catch (thrown) {
            // The file may end in half a line now: nothing more may follow it.
            failed = thrown;
            throw thrown;
          }
        });
      return written;
    },
    async close() {
      await written.catch(() => {});
      await file.close();
    },
  };
}

/** Calls `each` for every complete line; returns how many bytes they take. */
async function readLines(path: string, each: (line: string, number: number) => void): Promise<number> {
  let completeBytes = 0;
  let number = 0;
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]);
      rest = [];
      restBytes = 0;
      number += 1;
      each(line.toString("utf8"), number);
      completeBytes += line.byteLength + 1;
      start = end + 1;
    }
    rest.push(chunk.subarray(start));
    restBytes += chunk.byteLength - start;
    if (restBytes > MAX_LINE_BYTES)
      throw new SmartemError("athena_journal_invalid", 500, `${path} has a line of more than ${MAX_LINE_BYTES} bytes.`);
  }
  return completeBytes;
}

async function beginsLikeHeader(file: FileHandle, size: number): Promise<boolean> {
  if (size > HEADER.length) return false;
  const { buffer } = await file.read(Buffer.alloc(size), 0, size, 0);
  return HEADER.startsWith(buffer.toString("utf8"));
}
