import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Address of a running server for `vite dev`; the built pages are served by the server itself. */
const server = process.env.ARTESIAN_URL ?? "http://127.0.0.1:8081";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // Nothing is inlined: the content security policy allows files of this origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
  },
  server: { port: 5173, strictPort: false, proxy: { "/api": { target: server, changeOrigin: true } } },
});
