import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

const compress = promisify(gzip);
const decompress = promisify(gunzip);

type TypedArray = Float64Array | Int32Array | Uint8Array;
const CONSTRUCTORS = { Float64Array, Int32Array, Uint8Array } as const;

interface Encoded {
  readonly $array: keyof typeof CONSTRUCTORS;
  readonly base64: string;
}

/** JSON has no infinities; a plan without an end in sight has one. */
const INFINITY = { $number: "Infinity" };

/**
 * Writes a decision's input or output so that it can be read back to the bit by any program: gzipped JSON in which typed arrays are
 * base64 of their little-endian bytes.
 */
export async function encodeRecord(record: unknown): Promise<Buffer> {
  const text = JSON.stringify(record, (_key, value: unknown) => {
    if (value === Number.POSITIVE_INFINITY) return INFINITY;
    if (typeof value === "number" && Number.isNaN(value)) return { $number: "NaN" };
    if (value instanceof Float64Array || value instanceof Int32Array || value instanceof Uint8Array)
      return encodeArray(value);
    return value;
  });
  return compress(text);
}

function encodeArray(array: TypedArray): Encoded {
  return {
    $array: array.constructor.name as Encoded["$array"],
    base64: Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64"),
  };
}

export async function decodeRecord(bytes: Buffer): Promise<unknown> {
  const text = (await decompress(bytes)).toString("utf8");
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    if ("$number" in value) return Number(value.$number);
    if (!("$array" in value)) return value;
    const { $array, base64 } = value as Encoded;
    const raw = Buffer.from(base64, "base64");
    // A copy, since a buffer from the pool need not be aligned.
    return new CONSTRUCTORS[$array](raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
  });
}
