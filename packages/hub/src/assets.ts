import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where things that are built lie, seen from the bundle and from the sources. Undefined when not built. */
const find = (...candidates: readonly string[]): string | undefined =>
  candidates.map((candidate) => fileURLToPath(new URL(candidate, import.meta.url))).find((path) => existsSync(path));

export const webDirectory = (): string | undefined =>
  find("./web/index.html", "../packages/web/dist/index.html", "../../web/dist/index.html")?.replace(/index\.html$/, "");
export const agentBundle = (): string | undefined => find("./agent.mjs", "../../../dist/agent.mjs");
