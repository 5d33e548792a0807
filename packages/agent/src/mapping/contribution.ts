import type { EntityInput, TilePosition } from "@smartem/common/entities";
import type { EntityName } from "@smartem/common/entity-names";

/** What the agent uploads: the entities, and where tiles show squares. */
export type UploadKind = EntityName | "tile_position";

/** Parents before children: the order of upload. */
export const UPLOAD_KINDS: readonly UploadKind[] = [
  "acquisition",
  "grid",
  "atlas",
  "atlas_tile",
  "gridsquare",
  "tile_position",
  "foilhole",
  "micrograph",
];

export type FieldsOf<K extends UploadKind> = K extends EntityName
  ? Partial<EntityInput<K>> & (K extends "gridsquare" ? { lowmag?: boolean } : object)
  : Partial<TilePosition>;

/**
 * What one file says of one entity.
 *
 * An entity is uploaded as the sum of what all files say of it: for each field the value of the contribution with the
 * highest precedence that has one. Of copies of a file, which say the same of the same, that is the one that was written
 * last. So the order in which files are read never matters.
 */
export interface Contribution {
  readonly kind: UploadKind;
  /** Tile positions have none of their own: `<tile>/<square>`. */
  readonly uuid: string;
  /** All that must exist before it can be stored. */
  readonly parents: readonly string[];
  /** Natural ids and parents: the same whichever file tells of it. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Whether the file proves that the entity exists; if not, it only adds to what others prove. */
  readonly asserts: boolean;
  /** Higher wins where two files say different things; text, compared character by character. */
  readonly precedence: string;
  /** Empty: the file says only that it exists. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Where a contribution comes from, the most trustworthy last. */
export const SOURCES = ["path", "atlas", "picture", "manifest", "metadata"] as const;
export type Source = (typeof SOURCES)[number];

/** What follows it in a precedence is the path: all before is the same for copies of a file. */
export const BEFORE_PATH = "\n";

/**
 * @param order what decides between two files of the same source: later wins, e.g. the time in the name
 * @param path decides where all else is equal: copies that were written at the same time
 */
export function precedenceOf(source: Source, order: string, path: string): string {
  return `${SOURCES.indexOf(source)}|${order}${BEFORE_PATH}${path}`;
}

/** Text that compares as the times do; EPU 1 writes them without seconds. */
export function timeOrder(timestamp: string): string {
  return timestamp.padEnd("yyyymmdd_hhmmss".length, "0");
}

/** A contribution with its fields checked against the entity's. Fields that are null are left out. */
export function contribution<K extends UploadKind>(
  kind: K,
  of: {
    readonly uuid: string;
    readonly parents: readonly string[];
    readonly identity: FieldsOf<K>;
    readonly asserts?: boolean;
    readonly precedence?: string;
    readonly fields?: FieldsOf<K>;
  },
): Contribution {
  return {
    kind,
    uuid: of.uuid,
    parents: of.parents,
    identity: of.identity,
    asserts: of.asserts ?? true,
    precedence: of.precedence ?? "",
    fields: of.fields === undefined ? NO_FIELDS : withoutNulls(of.fields),
  };
}

const NO_FIELDS: Readonly<Record<string, unknown>> = {};

function withoutNulls(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const said: Record<string, unknown> = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== null && value !== undefined) said[name] = value;
  }
  return said;
}

/**
 * The body of an entity: its identity and, for each field, the value of the highest precedence. Whoever tells of a square at its
 * own magnification is right, though others have only seen it in the atlas.
 *
 * @param fields what is said, the highest precedence last
 */
export function mergeContributions(
  identity: Readonly<Record<string, unknown>>,
  fields: readonly Readonly<Record<string, unknown>>[],
): Record<string, unknown> {
  const isSeen = fields.some(({ lowmag }) => lowmag === false);
  return Object.assign({}, ...fields, identity, isSeen ? { lowmag: false } : {});
}

/** For the API's integer fields: EPU's pixel positions are fractional. */
export function rounded(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Math.round(value);
}

/** For the API's integer fields that EPU gives as text. */
export function integerOf(text: string | null): number | null {
  if (text === null || !/^-?\d{1,10}$/.test(text)) return null;
  const value = Number(text);
  return Math.abs(value) <= 2_147_483_647 ? value : null;
}
