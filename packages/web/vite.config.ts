import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import mantine from "postcss-preset-mantine";
import { defineConfig } from "vite";

const PACKAGES = fileURLToPath(new URL("..", import.meta.url));

/** Where the API listens during development. */
const API = process.env.SMARTEM_API_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  css: { postcss: { plugins: [mantine()] } },
  resolve: {
    dedupe: ["react", "react-dom"],
    // Other packages' modules are built from their sources, as the pages' own are.
    alias: [{ find: /^@smartem\/([^/]+)\/(.+)$/, replacement: `${PACKAGES}$1/src/$2.ts` }],
  },
  build: { target: "es2022", sourcemap: false, chunkSizeWarningLimit: 1_000, reportCompressedSize: false },
  server: {
    host: "127.0.0.1",
    // Everything that is neither a page of the UI nor one of its modules is the API's.
    proxy: { "^/(?!ui(/|$)|src/|@|node_modules/|favicon|assets/|$)": { target: API, changeOrigin: true } },
  },
});
