/**
 * The elements of a format that are read; everything else is passed over. Elements are told by namespace and local
 * name, never by prefix: .NET binds prefixes anew wherever it likes.
 */
export interface Wanted {
  readonly uri: string;
  readonly name: string;
  readonly children: ReadonlyMap<string, Wanted>;
  /** The child told by the beginning of its name, if there is one. */
  readonly childByPrefix: Wanted | null;
  readonly byPrefix: boolean;
}

const NO_CHILDREN: readonly Wanted[] = [];

/** An element; without children it is read for its text. */
export function wanted(uri: string, name: string, children: readonly Wanted[] = NO_CHILDREN): Wanted {
  const named = children.filter((child) => !child.byPrefix);
  const byName = new Map(named.map((child) => [child.name, child]));
  if (byName.size !== named.length) throw new Error(`Two children of ${name} have the same name.`);
  return {
    uri,
    name,
    children: byName,
    childByPrefix: children.find((child) => child.byPrefix) ?? null,
    byPrefix: false,
  };
}

/** Elements whose name begins so: generic types end in a hash (`KeyValuePairOfintNodeXml30oatNZW`). */
export function wantedByPrefix(uri: string, prefix: string, children: readonly Wanted[]): Wanted {
  return { ...wanted(uri, prefix, children), byPrefix: true };
}

/** Several elements that are read only for their text. */
export function wantedTexts(uri: string, names: readonly string[]): readonly Wanted[] {
  return names.map((name) => wanted(uri, name));
}
