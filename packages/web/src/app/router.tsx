import { lazy } from "react";
import { createBrowserRouter, redirect } from "react-router";
import { LoginPage } from "../auth/login-page.js";
import { SessionsPage } from "../sessions/sessions-page.js";
import { Crash, NoSuchPage } from "./crash.js";
import { Shell } from "./shell.js";

const SessionPage = lazy(async () => ({ default: (await import("../session/session-page.js")).SessionPage }));
const GridPage = lazy(async () => ({ default: (await import("../grid/grid-page.js")).GridPage }));
const SquarePage = lazy(async () => ({ default: (await import("../square/square-page.js")).SquarePage }));
const QualityPage = lazy(async () => ({ default: (await import("../quality/quality-page.js")).QualityPage }));
const DecisionsPage = lazy(async () => ({ default: (await import("../decisions/decisions-page.js")).DecisionsPage }));
const ModelsPage = lazy(async () => ({ default: (await import("../models/models-page.js")).ModelsPage }));
const AgentsPage = lazy(async () => ({ default: (await import("../agents/agents-page.js")).AgentsPage }));

/** Every page has an address of its own; those beyond the first are loaded when they are visited. */
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
