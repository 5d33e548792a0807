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

/** What an address names: a grid, a square of one or a session with some; null where it names none of them. */
export function subjectOf(
  pathname: string,
): { readonly kind: "grid" | "square" | "session"; readonly uuid: string } | null {
  const [, page, uuid] = /^\/ui\/(grids|quality|decisions|models|squares|sessions)\/([^/]+)/.exec(pathname) ?? [];
  if (page === undefined || uuid === undefined) return null;
  return { kind: page === "squares" ? "square" : page === "sessions" ? "session" : "grid", uuid };
}

/** The page's address, about the same grid as the page that one comes from; null: that is about none. */
export function addressOf(page: Page, gridUuid: string | null): string {
  return page.ofGrid && gridUuid !== null ? `${page.path}/${gridUuid}` : page.path;
}
