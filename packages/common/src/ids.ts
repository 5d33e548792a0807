import { createHash } from "node:crypto";

/** Namespace of all natural ids: UUIDv5 of the DNS namespace and "smartem-decisions" (RFC 9562 §5.5). */
const NAMESPACE = uuid5Bytes(Buffer.from("6ba7b8109dad11d180b400c04fd430c8", "hex"), "smartem-decisions");

/**
 * The id of an entity, computed from its natural key path: the same thing on the microscope has the same id, whoever
 * reads it, whenever, from whichever mount point.
 *
 * @param path the natural key, outermost part first, e.g. `["gridsquare", gridUuid, "4590776"]`
 * @returns UUIDv5 in base64url, 22 characters
 */
export function naturalId(path: readonly string[]): string {
  // A length before each part keeps ["a/b"] and ["a","b"] apart.
  const name = path.map((part) => `${Buffer.byteLength(part)}:${part}`).join("/");
  return uuid5Bytes(NAMESPACE, name).toString("base64url");
}

function uuid5Bytes(namespace: Buffer, name: string): Buffer {
  const bytes = createHash("sha1").update(namespace).update(name, "utf8").digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes;
}
