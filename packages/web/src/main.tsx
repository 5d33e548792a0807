import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/global.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { ApiProblem } from "./api/problem.js";
import { loadPagesAhead, router } from "./app/router.js";
import { theme } from "./app/theme.js";
import { LoginProvider } from "./auth/login-context.js";
import { LiveProvider } from "./live/live-context.js";

/** The first page has been seen by then. */
const LOAD_AHEAD_AFTER_MS = 2_000;

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The server may be this very machine: whether it is reached, its answers say, and not the browser's word about the network.
      networkMode: "always",
      // Events say when something has changed.
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiProblem && error.status >= 400 && error.status < 500),
    },
    mutations: { networkMode: "always" },
  },
});

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element to show the application in.");
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <LoginProvider>
          <LiveProvider>
            <Notifications position="bottom-right" />
            <RouterProvider router={router} />
          </LiveProvider>
        </LoginProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
// A page that can't be loaded now says so when somebody goes there.
setTimeout(() => void loadPagesAhead().catch(() => undefined), LOAD_AHEAD_AFTER_MS);
