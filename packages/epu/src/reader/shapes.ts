import type { StagePosition } from "../records.js";
import type { XmlDocument, XmlElement } from "../xml/document.js";
import { ARRAYS, COMMON_TYPES, DRAWING, GENERIC, NONE, SHARED_OBJECTS } from "../xml/namespaces.js";
import { wanted, wantedByPrefix, wantedTexts } from "../xml/wanted.js";

// Shapes that several of EPU's documents share.

type Children = Parameters<typeof wanted>[2];

/** System.Drawing's PointF, SizeF and RectangleF, whichever of the four are there. */
export const RECTANGLE = wantedTexts(DRAWING, ["x", "y", "width", "height"]);

export const STAGE_AXES = ["X", "Y", "Z", "A", "B"] as const;

/** Fei.SharedObjects' stage position. Positions in m, tilts in rad. */
export const STAGE_POSITION = wantedTexts(SHARED_OBJECTS, STAGE_AXES);

export function readStagePosition(document: XmlDocument, element: XmlElement | null): StagePosition | null {
  if (element === null) return null;
  return {
    xM: document.number(element, SHARED_OBJECTS, "X"),
    yM: document.number(element, SHARED_OBJECTS, "Y"),
    zM: document.number(element, SHARED_OBJECTS, "Z"),
    aRad: document.number(element, SHARED_OBJECTS, "A"),
    bRad: document.number(element, SHARED_OBJECTS, "B"),
  };
}

/** Where an image was saved: its name without extension and its format. */
export const IMAGE_REFERENCE = wantedTexts(COMMON_TYPES, ["BaseFileName", "FileFormat"]);

/**
 * A `Dictionary<int,T>` is either an ISerializable one, whose `KeyValuePairs` has no namespace and is left out when
 * empty, or a `ConcurrentDictionary`, whose entries are in `m_serializationArray`. The entries are alike; their name
 * ends in the type's name and a hash.
 */
export function dictionary(value: Children): Children {
  const entries = [
    wantedByPrefix(GENERIC, "KeyValuePairOfint", [wanted(GENERIC, "key"), wanted(GENERIC, "value", value)]),
  ];
  return [wanted(NONE, "KeyValuePairs", entries), wanted(ARRAYS, "m_serializationArray", entries)];
}

function entriesOf(document: XmlDocument, dictionary: XmlElement | null): readonly XmlElement[] {
  const list =
    document.child(dictionary, NONE, "KeyValuePairs") ?? document.child(dictionary, ARRAYS, "m_serializationArray");
  return document.items(list, GENERIC, "KeyValuePairOfint");
}

/**
 * The values by key, in the order of the file, without nil ones.
 *
 * @param field what the keys are, for the error when one is unusable
 */
export function readDictionary(
  document: XmlDocument,
  dictionary: XmlElement | null,
  field: string,
): ReadonlyMap<string, XmlElement> {
  const read = new Map<string, XmlElement>();
  for (const entry of entriesOf(document, dictionary)) {
    const key = document.requiredId(entry, GENERIC, "key", field);
    const value = document.child(entry, GENERIC, "value");
    if (value !== null) read.set(key, value);
  }
  return read;
}

export function hasEntries(document: XmlDocument, dictionary: XmlElement | null): boolean {
  return entriesOf(document, dictionary).length > 0;
}

/** EPU's version out of `Applications.Epu.Persistence, Version=3.7.0.6930, Culture=neutral, …`. */
export function versionOf(document: XmlDocument): string | null {
  return /\bVersion=([\d.]+)/.exec(document.assembly ?? "")?.[1] ?? null;
}
