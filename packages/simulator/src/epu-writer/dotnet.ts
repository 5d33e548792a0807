/**
 * How .NET's DataContract serialiser spells what EPU writes.
 */

/** A double in the round-trip format: 15 significant digits where they suffice, else 17. */
export function double(value: number): string {
  // Where the shortest spelling that reads back has no more than 15 digits, it is the one with 15.
  const shortest = String(value);
  if (shortest.length <= 16 && Math.abs(value) >= 1e-4 && Math.abs(value) < 1e15) return shortest;
  const short = value.toPrecision(15);
  return netNumber(Number(short) === value ? short : value.toPrecision(17), 15, 17);
}

/** A single in the round-trip format: 7 significant digits where they suffice, else 9. */
export function single(value: number): string {
  const rounded = Math.fround(value);
  const short = rounded.toPrecision(7);
  return netNumber(Math.fround(Number(short)) === rounded ? short : rounded.toPrecision(9), 7, 9);
}

/** What a reader makes of {@link single}. */
export function asSingle(value: number): number {
  return Number(single(value));
}

function netNumber(text: string, shortDigits: number, longDigits: number): string {
  const [mantissa = "0", exponentText = "0"] = Number(text) === 0 ? ["0"] : exponential(text).split("e");
  const negative = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "").replace(/0+$/, "");
  if (digits === "") return "0";
  const exponent = Number(exponentText);
  const widest = digits.length > shortDigits ? longDigits : shortDigits;
  if (exponent < -4 || exponent >= widest) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${negative}${digits.slice(0, 1)}${fraction}E${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${negative}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1);
  return `${negative}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** `toPrecision` output in scientific notation, digit for digit. */
function exponential(text: string): string {
  if (text.includes("e")) return text.replace("e+", "e");
  const negative = text.startsWith("-") ? "-" : "";
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const all = whole + fraction;
  const leading = all.search(/[1-9]/);
  const digits = all.slice(leading);
  return `${negative}${digits.slice(0, 1)}.${digits.slice(1)}e${whole.length - 1 - leading}`;
}

/** Minutes east of Greenwich as `+01:00`. */
function offsetText(utcOffsetMin: number): string {
  const minutes = Math.abs(utcOffsetMin);
  const hours = String(Math.floor(minutes / 60)).padStart(2, "0");
  return `${utcOffsetMin < 0 ? "-" : "+"}${hours}:${String(minutes % 60).padStart(2, "0")}`;
}

/** A time with up to seven fraction digits and the local offset: `2025-01-08T15:49:18.1158+01:00`. */
export function localTime(timeMs: number, utcOffsetMin: number): string {
  return `${clock(timeMs + utcOffsetMin * 60_000)}${offsetText(utcOffsetMin)}`;
}

/** The same in UTC: `2025-01-08T14:49:18.1158Z`. */
export function utcTime(timeMs: number): string {
  return `${clock(timeMs)}Z`;
}

function clock(timeMs: number): string {
  const text = new Date(timeMs).toISOString();
  // The four digits beyond milliseconds are made from the time, so that the same moment is always spelled the same.
  const below = String(Math.abs(Math.imul(Math.floor(timeMs) | 0, 48_271)) % 10_000).padStart(4, "0");
  return `${text.slice(0, 23)}${below}`.replace(/0+$/, "").replace(/\.$/, "");
}

/** A time as EPU puts it into file names: `20250108_154918`, local. */
export function fileTime(timeMs: number, utcOffsetMin: number): string {
  const text = new Date(timeMs + utcOffsetMin * 60_000).toISOString();
  return `${text.slice(0, 10).replaceAll("-", "")}_${text.slice(11, 19).replaceAll(":", "")}`;
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Counts the objects of a document: the `z:Id`s in document order. */
export class ObjectIds {
  #last = 0;

  /** The attribute of the next object. */
  next(): string {
    this.#last++;
    return `z:Id="${this.#last}"`;
  }

  /** The id that {@link next} gave out last, for references to that object. */
  get last(): number {
    return this.#last;
  }
}

/** A reference to an object written before. It is not null, whatever `i:nil` says. */
export function reference(id: number): string {
  return `z:Ref="${id}" i:nil="true"`;
}

const CONTRACT = "http://schemas.datacontract.org/2004/07/";

export const NAMESPACE = {
  epu: `${CONTRACT}Applications.Epu.Persistence`,
  atlas: `${CONTRACT}Applications.SciencesAppsShared.GridAtlas.Persistence`,
  atlasModel: `${CONTRACT}Applications.SciencesAppsShared.GridAtlas.Datamodel`,
  atlasAlignment: `${CONTRACT}Applications.SciencesAppsShared.Types.AtlasAlignment`,
  appsTypes: `${CONTRACT}Applications.SciencesAppsShared.Types`,
  smartEpu: `${CONTRACT}Applications.Epu.Persistence.SmartEpu`,
  common: `${CONTRACT}Fei.Applications.Common.Types`,
  services: `${CONTRACT}Fei.Applications.Common.Services`,
  omp: `${CONTRACT}Fei.Applications.Common.Omp.Interface`,
  shared: `${CONTRACT}Fei.SharedObjects`,
  types: `${CONTRACT}Fei.Types`,
  units: `${CONTRACT}Fei.Common.Types`,
  drawing: `${CONTRACT}System.Drawing`,
  media: `${CONTRACT}System.Windows.Media`,
  system: `${CONTRACT}System`,
  generic: `${CONTRACT}System.Collections.Generic`,
  arrays: "http://schemas.microsoft.com/2003/10/Serialization/Arrays",
  serialization: "http://schemas.microsoft.com/2003/10/Serialization/",
  instance: "http://www.w3.org/2001/XMLSchema-instance",
  schema: "http://www.w3.org/2001/XMLSchema",
} as const;

export const EPU_VERSION = "3.9.1.8206";
export const APPS_SHARED_VERSION = "1.36.1.8206";
const MSCORLIB = "mscorlib, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089";

export const EPU_PERSISTENCE = assembly("Applications.Epu.Persistence", EPU_VERSION);
export const EPU_DATAMODEL = assembly("Applications.Epu.Datamodel", EPU_VERSION);
export const ATLAS_PERSISTENCE = assembly("Applications.SciencesAppsShared.GridAtlas.Persistence", APPS_SHARED_VERSION);

export function assembly(name: string, version: string): string {
  return `${name}, Version=${version}, Culture=neutral, PublicKeyToken=null`;
}

/** Names of .NET types as they stand in `z:Type`. */
export const TYPE = {
  int32: `System.Int32, ${MSCORLIB}`,
  string: `System.String, ${MSCORLIB}`,
  object: `System.Object, ${MSCORLIB}`,
} as const;

export function genericType(name: string, ...of: readonly string[]): string {
  return `System.Collections.Generic.${name}\`${of.length}[[${of.join("],[")}]]`;
}

/** `z:Id`, `z:Type` and `z:Assembly` of an object of a type of the base library. */
export function baseObject(ids: ObjectIds, type: string): string {
  return `${ids.next()} z:Type="${type}" z:Assembly="0"`;
}

/** The smallest capacity that .NET gives a dictionary of so many entries. */
export function hashCapacity(entries: number): number {
  const primes = [0, 3, 7, 17, 37, 89, 197, 431, 919, 1931, 4049, 8419, 17519];
  return primes.find((prime) => prime >= entries) ?? entries;
}

/** The smallest capacity that a growing .NET list reaches for so many entries. */
export function listCapacity(entries: number): number {
  let capacity = entries === 0 ? 0 : 4;
  while (capacity < entries) capacity *= 2;
  return capacity;
}
