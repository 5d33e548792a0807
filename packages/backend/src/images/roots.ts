import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, posix, resolve, sep } from "node:path";

/** A file that lies within the image roots. */
export interface ConfinedFile {
  /** Without symbolic links. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAtMs: number;
}

/** The folders that images may be read from. Everything that is asked of it stays within them, whatever the paths say. */
export interface ImageRoots {
  /**
   * The image files of the base name that a stored path has, in its folder: those with the camera's own pixels first, previews last.
   * A path of another machine, as EPU writes them, is the longest tail of it that exists beneath a root.
   */
  imagesAt(path: string): Promise<ConfinedFile[]>;
  /** The image files in a stored folder whose name matches, of the greatest number that the pattern catches; ordered likewise. */
  latestImagesIn(folder: string, pattern: RegExp): Promise<ConfinedFile[]>;
  /** The file of the same base name as an image but with another extension; null where there is none. */
  beside(image: ConfinedFile, extension: string): Promise<ConfinedFile | null>;
}

/** The formats that can be shown: camera images before previews. */
const EXTENSIONS = [".mrc", ".mrcs", ".tiff", ".tif", ".png", ".jpg", ".jpeg"].flatMap((extension) => [
  extension,
  extension.toUpperCase(),
]);
const KNOWN_EXTENSION = /\.(?:mrcs?|tiff?|png|jpe?g|eer|xml|dm)$/i;
const MAX_PATH_LENGTH = 4_096;
const MAX_PARTS = 64;

interface StoredPath {
  /** Whether it may be one of this machine. */
  readonly isPosixAbsolute: boolean;
  readonly parts: readonly string[];
}

export function imageRoots(configured: readonly string[]): ImageRoots {
  const roots = configured.map((root) => resolve(root));

  // Roots may be mounted, and links to them changed, at any time.
  const realRoots = async (): Promise<string[]> =>
    (await Promise.all(roots.map((root) => realpath(root).catch(() => null)))).filter((root) => root !== null);

  const confined = async (path: string): Promise<string | null> => {
    const real = await realpath(path).catch(() => null);
    return real !== null && (await realRoots()).some((root) => isWithin(real, root)) ? real : null;
  };

  const file = async (path: string): Promise<ConfinedFile | null> => {
    const real = await confined(path);
    const found = real === null ? null : await stat(real).catch(() => null);
    if (real === null || found === null || !found.isFile()) return null;
    return { path: real, bytes: found.size, modifiedAtMs: found.mtimeMs };
  };

  const images = async (folder: string, base: string): Promise<ConfinedFile[]> => {
    const found = await Promise.all(EXTENSIONS.map((extension) => file(join(folder, base + extension))));
    return found.filter((one) => one !== null);
  };

  /** The existing folders within the roots that a stored one may mean, the likeliest first. */
  async function* folders({ isPosixAbsolute, parts }: StoredPath): AsyncGenerator<string> {
    const here = resolve("/", ...parts);
    const candidates: string[] = [];
    if (isPosixAbsolute && [...roots, ...(await realRoots())].some((root) => isWithin(here, root)))
      candidates.push(here);
    // A path that climbs has no tail that says where it leads.
    if (!parts.includes("..")) {
      for (let start = 0; start < parts.length; start++) {
        for (const root of roots) candidates.push(join(root, ...parts.slice(start)));
      }
    }
    for (const candidate of candidates) {
      const real = await confined(candidate);
      if (real !== null) yield real;
    }
  }

  return {
    async imagesAt(path) {
      const { isPosixAbsolute, parts } = storedPath(path);
      const base = parts.at(-1)?.replace(KNOWN_EXTENSION, "");
      if (base === undefined || base === "..") return [];
      for await (const folder of folders({ isPosixAbsolute, parts: parts.slice(0, -1) })) {
        const found = await images(folder, base);
        if (found.length > 0) return found;
      }
      return [];
    },
    async latestImagesIn(path, pattern) {
      for await (const folder of folders(storedPath(path))) {
        const names = await readdir(folder).catch(() => []);
        const numbered = names.flatMap((name) => {
          const match = pattern.exec(name);
          return match === null ? [] : [{ base: name.replace(KNOWN_EXTENSION, ""), number: Number(match[1]) }];
        });
        const [latest] = numbered.sort((a, b) => b.number - a.number);
        const found = latest === undefined ? [] : await images(folder, latest.base);
        if (found.length > 0) return found;
      }
      return [];
    },
    beside({ path }, extension) {
      return file(join(dirname(path), posix.basename(path).replace(KNOWN_EXTENSION, "") + extension));
    },
  };
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** What can't be a path has no parts. */
function storedPath(path: string): StoredPath {
  if (path.length > MAX_PATH_LENGTH || path.includes("\0")) return { isPosixAbsolute: false, parts: [] };
  const isWindows = /^[A-Za-z]:[\\/]/.test(path) || (path.includes("\\") && !path.includes("/"));
  const bare = isWindows ? path.replace(/^[A-Za-z]:/, "").replaceAll("\\", "/") : path;
  const parts = bare.split("/").filter((part) => part !== "" && part !== ".");
  return { isPosixAbsolute: !isWindows && path.startsWith("/"), parts: parts.length > MAX_PARTS ? [] : parts };
}
