import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { firstViewChunks } from "./first-view-chunks.ts";
import type { Chunk } from "./first-view-chunks.ts";

/** Bytes of compressed JavaScript that the overview may need (performance.md §7); above the aim it warns, above the limit it fails. */
const AIM_BYTES = 200_000;
const LIMIT_BYTES = 250_000;

/** Adds up what a browser must load before it shows the overview, and refuses a bundle that carries zod. */
export function firstViewBudget(): Plugin {
  return {
    name: "first-view-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const chunks = new Map<string, Chunk>();
      for (const output of Object.values(bundle)) if (output.type === "chunk") chunks.set(output.fileName, output);
      for (const chunk of chunks.values()) {
        if (chunk.moduleIds.some((id) => /node_modules\/zod\//.test(id))) {
          this.error(`${chunk.fileName} contains zod: import only types from @muster/protocol`);
        }
      }
      const needed = firstViewChunks(chunks);
      let total = 0;
      for (const name of needed) total += gzipSync(chunks.get(name)!.code, { level: 9 }).length;
      const text = `first view: ${(total / 1000).toFixed(1)} kB of JavaScript compressed, in ${needed.size} files`;
      if (total > LIMIT_BYTES) this.error(`${text}; at most ${LIMIT_BYTES / 1000} kB are allowed`);
      if (total > AIM_BYTES) this.warn(`${text}; the aim is ${AIM_BYTES / 1000} kB`);
      else this.info(text);
    },
  };
}
