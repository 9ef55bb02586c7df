import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { firstViewBudget } from "./first-view-budget.ts";

export default defineConfig({
  plugins: [react(), firstViewBudget()],
  build: {
    outDir: "dist",
    assetsDir: "assets",
    target: "es2023",
    // The content security policy allows no inline data but images; small files stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
