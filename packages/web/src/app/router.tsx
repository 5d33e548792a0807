import { createBrowserRouter, redirect } from "react-router";
import { SessionsPage } from "../sessions/sessions-page.js";
import { LoadingRows } from "../shared/states.js";
import { Crash } from "./crash.js";
import { Shell } from "./shell.js";

/** Every page has an address of its own; those beyond the first are loaded when they are visited. */
export const router = createBrowserRouter([
  { path: "/", loader: () => redirect("/ui/sessions") },
  {
    path: "/ui",
    element: <Shell />,
    errorElement: <Crash />,
    // Until the first page's own part of the program has been loaded.
    hydrateFallbackElement: <LoadingRows />,
    children: [
      { index: true, loader: () => redirect("/ui/sessions") },
      {
        errorElement: <Crash />,
        children: [
          { path: "sessions", element: <SessionsPage /> },
          {
            path: "sessions/:acquisitionUuid",
            lazy: async () => ({ Component: (await import("../session/session-page.js")).SessionPage }),
          },
        ],
      },
    ],
  },
]);
