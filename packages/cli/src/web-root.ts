import { access } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** The folder of the built web UI; undefined where it has not been built. */
export async function webRoot(): Promise<string | undefined> {
  const root = fileURLToPath(new URL("../../web/dist", import.meta.url));
  return access(`${root}/index.html`).then(
    () => root,
    () => undefined,
  );
}
