import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { firstViewBudget } from "./first-view-budget.ts";
import { firstViewLinks } from "./first-view-links.ts";

export default defineConfig({
  plugins: [react(), firstViewBudget(), firstViewLinks()],
  build: {
    outDir: "dist",
    assetsDir: "assets",
    target: "es2023",
    // The content security policy allows no inline data but images; small files stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              name: "framework",
              test: /node_modules\/(react|react-dom|scheduler|@tanstack\/(?!(?:react-)?(?:table|virtual))[a-z-]+|i18next|react-i18next|use-sync-external-store)\//,
            },
            // Dozens of tiny files would queue behind each other; what every page needs travels together.
            {
              name: "shared",
              test: /packages\/web\/src\/(api|app|browser|components\/(?!dialog|typed-confirm)|fleet|i18n|live|theme)/,
              minShareCount: 2,
            },
            // What only a few of the later pages share must not come with the first one.
            { name: "controls", test: /node_modules\/@(mantine|tabler)\//, minShareCount: 20 },
          ],
        },
      },
    },
    reportCompressedSize: false,
  },
});
