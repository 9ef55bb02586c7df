import { lstatSync } from "node:fs";
import { dirname } from "node:path";
import { NO_DEFINITIONS, parseDefinitionsFile } from "@muster/core";
import type { DefinitionsFile } from "@muster/core";

export const DEFINITIONS_BYTES_MAX = 1024 * 1024;

/** How the file is read and its YAML understood: the same for it as for the policy. */
export interface DefinitionsFileDeps {
  /** Bytes of a file that only its owner can have written; undefined when there is none; throws with the reason. */
  readonly readOwned: (
    path: string,
    bytesMax: number,
  ) => { readonly bytes: Uint8Array; readonly isPrivate: boolean } | undefined;
  readonly parseYaml: (
    text: string,
  ) => Promise<
    { readonly ok: true; readonly tree: unknown } | { readonly ok: false; readonly problems: readonly string[] }
  >;
}

/** `same`: nothing to do. Problems are what is wrong with a file that is therefore not in force. */
export type Reload =
  | { readonly is: "same" }
  | { readonly is: "new"; readonly file: DefinitionsFile }
  | { readonly is: "bad"; readonly problems: readonly string[] };

/**
 * The definitions of the server's own root. A file that is not right changes nothing: what was in force stays, and what
 * is wrong is told once for each version of the file.
 */
export class DefinitionsFileReader {
  readonly #path: string;
  readonly #deps: DefinitionsFileDeps;
  #seen = "never";
  #isInForce = false;
  problems: readonly string[] = [];

  constructor(path: string, deps: DefinitionsFileDeps) {
    this.#path = path;
    this.#deps = deps;
  }

  /** Costs two questions to the kernel when nothing changed, so it may be asked every few seconds. Never rejects. */
  async reload(): Promise<Reload> {
    const version = versionOf(this.#path);
    if (version === this.#seen) return { is: "same" };
    this.#seen = version;
    const read = await this.#read();
    this.problems = read.is === "bad" ? read.problems : [];
    if (read.is === "new") this.#isInForce = true;
    return read;
  }

  async #read(): Promise<Reload> {
    const bad = (...problems: readonly string[]): Reload => ({ is: "bad", problems });
    try {
      const owned = this.#deps.readOwned(this.#path, DEFINITIONS_BYTES_MAX);
      if (owned === undefined)
        return this.#isInForce
          ? bad(`${this.#path} is gone; what it defined stays in force until there is a file again`)
          : { is: "new", file: NO_DEFINITIONS };
      const text = Buffer.from(owned.bytes).toString("utf8");
      if (text.includes("\uFFFD") || text.includes("\0")) return bad("the file is not plain UTF-8 text");
      const yaml = await this.#deps.parseYaml(text);
      if (!yaml.ok) return bad(...yaml.problems);
      const parsed = parseDefinitionsFile(yaml.tree);
      if (!parsed.ok) return bad(...parsed.problems);
      const hasSecrets = parsed.file.services.some(({ secrets }) => Object.keys(secrets).length > 0);
      if (hasSecrets && !owned.isPrivate)
        return bad(`${this.#path} holds secrets and can be read by others; make it 600`);
      return { is: "new", file: parsed.file };
    } catch (error) {
      return bad(error instanceof Error ? error.message : String(error));
    }
  }
}

/** Whatever decides about how the file is read, the right to it included: who owns its directory and may change that. */
function versionOf(path: string): string {
  try {
    const parent = lstatSync(dirname(path), { throwIfNoEntry: false });
    const stat = lstatSync(path, { throwIfNoEntry: false, bigint: true });
    return `${parent?.uid} ${parent?.mode} ${stat?.ino} ${stat?.size} ${stat?.mtimeNs} ${stat?.ctimeNs}`;
  } catch (error) {
    return `unreadable ${(error as NodeJS.ErrnoException).code}`;
  }
}
