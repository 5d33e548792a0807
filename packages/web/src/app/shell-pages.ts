import type { IconName } from "./icons.js";

export interface Page {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  /** Whether it is about one grid, which its address names. */
  readonly ofGrid: boolean;
}

export const PAGES: readonly Page[] = [
  { path: "/ui/sessions", label: "Sessions", icon: "sessions", ofGrid: false },
  { path: "/ui/quality", label: "Quality", icon: "quality", ofGrid: true },
  { path: "/ui/decisions", label: "Decisions", icon: "decisions", ofGrid: true },
  { path: "/ui/models", label: "Models", icon: "models", ofGrid: true },
  { path: "/ui/agents", label: "Agents", icon: "agents", ofGrid: false },
];

/** The grid that an address is about; null where it is about none. */
export function gridOf(pathname: string): string | null {
  return /^\/ui\/(?:grids|quality|decisions|models)\/([^/]+)/.exec(pathname)?.[1] ?? null;
}

/** The page's address, about the same grid as the page that one comes from. */
export function addressOf(page: Page, pathname: string): string {
  const grid = gridOf(pathname);
  return page.ofGrid && grid !== null ? `${page.path}/${grid}` : page.path;
}
