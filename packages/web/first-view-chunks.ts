/** What Vite tells of one piece of JavaScript, as far as it matters here. */
export interface Chunk {
  readonly fileName: string;
  readonly code: string;
  readonly imports: readonly string[];
  readonly moduleIds: readonly string[];
  readonly isEntry: boolean;
  readonly facadeModuleId: string | null;
  /** Style sheets that belong to it. */
  readonly viteMetadata?: { readonly importedCss: ReadonlySet<string> };
}

const FIRST_VIEW = ["/src/start.tsx", "/src/pages/overview/overview-page.tsx"];

/** Names of the pieces that a browser must have before it shows the overview, each after those that it imports. */
export function firstViewChunks(chunks: ReadonlyMap<string, Chunk>): ReadonlySet<string> {
  const needed = new Set<string>();
  const seen = new Set<string>();
  const need = (name: string): void => {
    const chunk = chunks.get(name);
    if (!chunk || seen.has(name)) return;
    seen.add(name);
    for (const next of chunk.imports) need(next);
    needed.add(name);
  };
  for (const chunk of chunks.values()) {
    if (chunk.isEntry || FIRST_VIEW.some((path) => chunk.facadeModuleId?.endsWith(path))) need(chunk.fileName);
  }
  return needed;
}
