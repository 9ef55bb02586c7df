import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseDefinition } from "@muster/core";
import type { ServiceDefinition } from "@muster/core";
import { readPrivateFile, syncDirectory, writeFileDurably } from "@muster/node-kit";

export interface StoredDefinition {
  readonly definition: ServiceDefinition;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Definitions that the hub gave, each a private file that is durable when `put` returns. Values of secrets lie in files
 * of their own, so that nothing which shows definitions can show them by mistake.
 */
export class DefinitionStore {
  readonly #definitions: string;
  readonly #secrets: string;

  constructor(directory: string) {
    this.#definitions = join(directory, "definitions");
    this.#secrets = join(directory, "secrets");
    for (const path of [this.#definitions, this.#secrets]) mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** Everything that can be used, and what is wrong with the rest. */
  read(): { readonly stored: readonly StoredDefinition[]; readonly problems: readonly string[] } {
    const problems: string[] = [];
    const stored = readdirSync(this.#definitions)
      .filter((file) => file.endsWith(".json"))
      .flatMap((file): readonly StoredDefinition[] => {
        try {
          const parsed = parseDefinition(this.#json(join(this.#definitions, file)), "hub");
          if (!parsed.ok) throw new Error(parsed.problems.join("; "));
          return [{ definition: parsed.definition, secrets: this.#secretsOf(file) }];
        } catch (error) {
          problems.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
          return [];
        }
      });
    return { stored, problems };
  }

  /** Secrets first: a definition without its values could not be started. */
  put({ definition, secrets }: StoredDefinition): void {
    const file = fileOf(definition.driver, definition.name);
    writeFileDurably(join(this.#secrets, file), JSON.stringify(secrets), 0o600);
    writeFileDurably(join(this.#definitions, file), JSON.stringify(definition), 0o600);
  }

  remove(driver: string, name: string): void {
    for (const directory of [this.#definitions, this.#secrets]) {
      rmSync(join(directory, fileOf(driver, name)), { force: true });
      syncDirectory(directory);
    }
  }

  #secretsOf(file: string): Readonly<Record<string, string>> {
    return this.#json(join(this.#secrets, file)) as Readonly<Record<string, string>>;
  }

  #json(path: string): unknown {
    return JSON.parse(Buffer.from(readPrivateFile(path)).toString("utf8"));
  }
}

const fileOf = (driver: string, name: string): string => `${driver}.${name}.json`;
