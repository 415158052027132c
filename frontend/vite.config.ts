import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const gateway = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    sourcemap: false,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "api/docs.html"] },
  },
  server: {
    proxy: { "/racetime.v1.RaceService": gateway, "/api": gateway },
  },
  test: {
    environment: "happy-dom",
    setupFiles: ["src/test-setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
