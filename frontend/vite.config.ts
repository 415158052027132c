import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const gateway = "http://127.0.0.1:8000";
const client = fileURLToPath(new URL("../proto/typescript", import.meta.url));

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@racetime/client": `${client}/src/index.ts` } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    sourcemap: false,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "api/docs.html"] },
  },
  server: {
    fs: { allow: [".", client] },
    proxy: { "/racetime.v1.RaceService": gateway, "/api": gateway },
  },
  test: {
    environment: "happy-dom",
    setupFiles: ["src/test-setup.ts"],
    include: ["src/**/*.test.{ts,tsx}", "../proto/typescript/tests/*.test.ts"],
    restoreMocks: true,
  },
});
