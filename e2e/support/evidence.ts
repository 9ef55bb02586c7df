import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach } from "vitest";
import { workspace } from "./programs.ts";

/** What a source gives: text, bytes of a picture, or nothing when there is none. */
type Piece = string | Uint8Array | undefined;

/** Keeps what explains a failure. Sources are asked only when a test of this file fails. */
export interface Evidence {
  /** `name` becomes the file's name, such as `hub.log`; the same name again replaces the source. */
  add(name: string, read: () => Piece | Promise<Piece>): void;
}

/** Where evidence lies, ignored by git: a folder for each test. */
export const evidenceDirectory = join(workspace, "test-evidence");

const SOURCE_TIMEOUT_MS = 10_000;

/** Call it once a file, at the top: after each failed test it writes all sources to test-evidence/<test name>/. */
export function keepEvidence(): Evidence {
  const sources = new Map<string, () => Piece | Promise<Piece>>();
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") return;
    const directory = join(evidenceDirectory, folderName(task.name));
    await mkdir(directory, { recursive: true });
    for (const [name, read] of sources) {
      const piece = await within(SOURCE_TIMEOUT_MS, read).catch((error: unknown) => `no evidence: ${String(error)}`);
      if (piece !== undefined) await writeFile(join(directory, name), piece);
    }
  });
  return { add: (name, read) => void sources.set(name, read) };
}

const folderName = (title: string): string =>
  title
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 80);

async function within<T>(limitMs: number, work: () => T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
