import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL("page", import.meta.url)),
  publicDir: fileURLToPath(new URL("../shared/page/public", import.meta.url)),
  // The packages' sources, as everything else in this repository runs them.
  resolve: { conditions: ["alder-source", "module", "browser", "development|production"] },
  build: { outDir: "../dist", emptyOutDir: true },
  // For work on the page: `npm run page`, beside a running `npm start`.
  server: { proxy: { "^/(workflows|runs|ingest)(/|$)": "http://127.0.0.1:4600" } },
});
