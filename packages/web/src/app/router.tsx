import { lazy } from "react";
import { createBrowserRouter, redirect } from "react-router";
import { LoginPage } from "../auth/login-page.js";
import { SessionsPage } from "../sessions/sessions-page.js";
import { Crash, NoSuchPage } from "./crash.js";
import { Shell } from "./shell.js";

const PAGES = {
  session: async () => ({ default: (await import("../session/session-page.js")).SessionPage }),
  grid: async () => ({ default: (await import("../grid/grid-page.js")).GridPage }),
  square: async () => ({ default: (await import("../square/square-page.js")).SquarePage }),
  quality: async () => ({ default: (await import("../quality/quality-page.js")).QualityPage }),
  decisions: async () => ({ default: (await import("../decisions/decisions-page.js")).DecisionsPage }),
  models: async () => ({ default: (await import("../models/models-page.js")).ModelsPage }),
  agents: async () => ({ default: (await import("../agents/agents-page.js")).AgentsPage }),
};
const SessionPage = lazy(PAGES.session);
const GridPage = lazy(PAGES.grid);
const SquarePage = lazy(PAGES.square);
const QualityPage = lazy(PAGES.quality);
const DecisionsPage = lazy(PAGES.decisions);
const ModelsPage = lazy(PAGES.models);
const AgentsPage = lazy(PAGES.agents);

/** Loads the pages beyond the first, one after another: whoever goes to one then does not wait for its script. */
export async function loadPagesAhead(): Promise<void> {
  for (const load of Object.values(PAGES)) await load();
}

/** Every page has an address of its own; those beyond the first are loaded when they are visited, or ahead of that. */
export const router = createBrowserRouter([
  { path: "/", loader: () => redirect("/ui/sessions") },
  {
    path: "/ui",
    element: <Shell />,
    errorElement: <Crash />,
    children: [
      { index: true, loader: () => redirect("/ui/sessions") },
      {
        errorElement: <Crash />,
        children: [
          { path: "sessions", element: <SessionsPage /> },
          { path: "sessions/:acquisitionUuid", element: <SessionPage /> },
          { path: "grids/:gridUuid", element: <GridPage /> },
          { path: "squares/:squareUuid", element: <SquarePage /> },
          { path: "quality/:gridUuid?", element: <QualityPage /> },
          { path: "decisions/:gridUuid?", element: <DecisionsPage /> },
          { path: "models/:gridUuid?", element: <ModelsPage /> },
          { path: "agents", element: <AgentsPage /> },
          { path: "login", element: <LoginPage /> },
          { path: "*", element: <NoSuchPage /> },
        ],
      },
    ],
  },
]);
