import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The dev server (npx vite) stands before a running amiable; the Host header is signed, so it stays.
export default defineConfig({
  base: "/console/",
  plugins: [react()],
  build: { manifest: true, license: true, chunkSizeWarningLimit: 4000, assetsInlineLimit: 0 },
  server: { proxy: { "^/(?!console/)": { target: "http://127.0.0.1:8773", changeOrigin: false } } },
});
