import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Header, pack } from "tar-stream";

export const METADATA = {
  recorded_at: "2026-02-26T12:45:18.076000",
  watch_dir: "/mnt/microscope",
  total_events: 0,
  version: "2.0",
  platform: "win32",
};

export function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export function createdFile(src_path: string, content: string, more: object = {}): object {
  return {
    timestamp: 1000,
    event_type: "created",
    src_path,
    content,
    size: Buffer.byteLength(content),
    content_hash: hashOf(content),
    ...more,
  };
}

/** Pretty-printed, as the first recorders wrote it. */
export function recordingJson(events: readonly object[]): string {
  return JSON.stringify({ metadata: { ...METADATA, total_events: events.length }, events }, null, 2);
}

export async function writeJsonRecording(path: string, events: readonly object[]): Promise<string> {
  await writeFile(path, recordingJson(events));
  return path;
}

/** Writes an archive of any entries, wanted or not. */
export async function writeTar(
  path: string,
  entries: readonly { readonly header: Partial<Header> & Pick<Header, "name">; readonly content?: string | Buffer }[],
): Promise<string> {
  const archive = pack();
  const written = pipeline(archive, createGzip(), createWriteStream(path));
  for (const { header, content } of entries) archive.entry(header, content ?? "");
  archive.finalize();
  await written;
  return path;
}
