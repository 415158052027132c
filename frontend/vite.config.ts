import { fileURLToPath } from "node:url";
import { constants } from "node:zlib";
import react from "@vitejs/plugin-react";
import { compression, defineAlgorithm } from "vite-plugin-compression2";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vitest/config";

const gateway = "http://127.0.0.1:8000";
const client = fileURLToPath(new URL("../proto/typescript", import.meta.url));

export default defineConfig({
  plugins: [
    react(),
    VitePWA({
      registerType: "prompt",
      injectRegister: null,
      manifest: {
        name: "RaceTime",
        short_name: "RaceTime",
        description: "Live timing, positions and race control. Unofficial.",
        id: "/",
        start_url: "/",
        display: "standalone",
        background_color: "#070809",
        theme_color: "#070809",
        icons: [
          { src: "icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "icon-maskable.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      workbox: {
        // The page and its words; the API's page is another matter, and nothing of the API is ever kept.
        globPatterns: ["index.html", "icon.svg", "assets/*.{js,css}", "assets/*latin-wght*.woff2"],
        globIgnores: ["api/**", "assets/docs-*", "assets/swagger-ui*"],
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [/^\/api(\/|$)/, /^\/racetime\./, /\.[a-z]+$/],
        cleanupOutdatedCaches: true,
      },
    }),
    // Once and as well as can be, rather than for each reader by Envoy.
    compression({
      threshold: 512,
      logLevel: "silent",
      algorithms: [
        defineAlgorithm("gzip", { level: 9 }),
        defineAlgorithm("brotliCompress", { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
      ],
    }),
  ],
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
