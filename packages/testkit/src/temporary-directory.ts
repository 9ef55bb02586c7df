import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of its own, mode 0700. `await using directory = await temporaryDirectory()` removes it at the end. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
  /** An absolute path inside; nothing is made. */
  file(...names: string[]): string;
}

/** @param purpose becomes part of the name, so that a leftover tells where it came from. */
export async function temporaryDirectory(purpose = "test"): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), `muster-${purpose}-`));
  return {
    path,
    file: (...names) => join(path, ...names),
    // Retries: a child that was just ended may still be writing its last file.
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  };
}
