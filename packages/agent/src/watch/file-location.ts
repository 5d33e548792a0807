import system, { type PlatformPath } from "node:path";

/** The path of a file, by its folder's path and its name, both as the system writes them: `join` would look into both. */
export function locationOf(folder: string, name: string, rules: PlatformPath = system): string {
  return closed(folder, rules) + name;
}

/** Whether a path is a folder's, or of something in it at any depth, both as the system writes them. */
export function isAtOrBelow(path: string, folder: string, rules: PlatformPath = system): boolean {
  return path === folder || path.startsWith(closed(folder, rules));
}

/** The path within a folder of something in it, which `relative` would take both apart for. */
export function pathWithin(folder: string, path: string, rules: PlatformPath = system): string {
  const start = closed(folder, rules);
  return path.startsWith(start) ? path.slice(start.length) : rules.relative(folder, path);
}

/** Roots, of drives and shares, end so already. */
function closed(folder: string, { sep }: PlatformPath): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}
