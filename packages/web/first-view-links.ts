import type { HtmlTagDescriptor, Plugin } from "vite";
import { firstViewChunks } from "./first-view-chunks.ts";
import type { Chunk } from "./first-view-chunks.ts";

/** Names everything that the first view needs in the page itself, so that the browser fetches all of it at once. */
export function firstViewLinks(): Plugin {
  return {
    name: "first-view-links",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle }) {
        const chunks = new Map<string, Chunk>();
        for (const output of Object.values(bundle ?? {})) {
          if (output.type === "chunk") chunks.set(output.fileName, output);
        }
        const names = [...firstViewChunks(chunks)];
        const sheets = new Set(names.flatMap((name) => [...(chunks.get(name)?.viteMetadata?.importedCss ?? [])]));
        const tags = [
          ...names.map((name) => link("modulepreload", name)),
          ...[...sheets].map((name) => link("stylesheet", name)),
        ];
        return tags.filter((tag) => !html.includes(String(tag.attrs?.["href"])));
      },
    },
  };
}

const link = (rel: string, fileName: string): HtmlTagDescriptor => ({
  tag: "link",
  attrs: { rel, crossorigin: true, href: `/${fileName}` },
  injectTo: "head",
});
