import { copyFile, type FileHandle, open } from "node:fs/promises";

/** PostgreSQL's log is kept below about twice this size: the present file and one older one. */
const LOG_MAX_BYTES = 16 * 1024 * 1024;
const LOG_CHECK_MS = 10 * 60_000;

/** The file that PostgreSQL's processes write their log to. */
export interface ServerLog {
  readonly path: string;
  readonly fd: number;
  /** What was written since this log was opened, or the last 8 kB of it. */
  tail(): Promise<string>;
  close(): Promise<void>;
}

/** Opens the log for appending and keeps it from growing without bounds for as long as it is open. */
export async function openServerLog(path: string): Promise<ServerLog> {
  const file = await open(path, "a+", 0o600);
  await rotate(file, path);
  const openedAtByte = (await file.stat()).size;
  const timer = setInterval(() => {
    // A full disk must not end the application; the next round tries again.
    rotate(file, path).catch(() => undefined);
  }, LOG_CHECK_MS).unref();
  return {
    path,
    fd: file.fd,
    tail: () => readTail(file, openedAtByte),
    close: async () => {
      clearInterval(timer);
      await file.close();
    },
  };
}

/** The server holds the file open, so it is copied and emptied, not renamed; appending continues at its new end. */
async function rotate(file: FileHandle, path: string): Promise<void> {
  if ((await file.stat()).size < LOG_MAX_BYTES) return;
  await copyFile(path, `${path}.1`);
  await file.truncate(0);
}

async function readTail(file: FileHandle, fromByte: number): Promise<string> {
  const { size } = await file.stat();
  const start = Math.max(Math.min(fromByte, size), size - 8_192);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
  return buffer.toString("utf8", 0, bytesRead);
}
