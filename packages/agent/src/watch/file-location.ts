import { sep } from "node:path";

/** The path of a file, by its folder's path and its name, both as the system writes them: `join` would look into both. */
export function locationOf(folder: string, name: string): string {
  return folder.endsWith(sep) ? folder + name : folder + sep + name;
}
