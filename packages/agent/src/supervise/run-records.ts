import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isFields, isSupervisedName } from "@muster/core";
import type { Exit, Instant, SupervisedChild, UnitState, Wanted } from "@muster/core";
import { writeFileDurably } from "@muster/node-kit";

/** What must be known of a service after its agent was killed. Instants, since the next agent's durations begin anew. */
export interface RunRecord {
  /** Runs of another boot are gone, whatever their pid says. */
  readonly bootId: string;
  readonly wanted: Wanted;
  readonly state: UnitState;
  readonly readiness: "ready" | "unknown";
  /** Written before the program is started, and its mark; null when nothing of it was started. */
  readonly runId: string | null;
  readonly child: SupervisedChild | null;
  readonly since: Instant;
  readonly startedAt: Instant | null;
  readonly restarts: number;
  readonly streak: number;
  readonly restartedAt: readonly Instant[];
  readonly lastExit: Exit | null;
}

/**
 * One small file a service. What people want is durable when `write` returns; where a run stands survives the death of
 * the agent, which is all it is for: after a power cut no run is left that it could describe.
 */
export class RunRecords {
  readonly #directory: string;
  readonly #written = new Map<string, string>();

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  read(driver: string, name: string): RunRecord | undefined {
    try {
      const record: unknown = JSON.parse(readFileSync(this.#path(driver, name), "utf8"));
      // A file that a power cut left empty or torn is none: no run has outlived that.
      return isFields(record) && typeof record["bootId"] === "string" ? (record as unknown as RunRecord) : undefined;
    } catch {
      return undefined;
    }
  }

  write(driver: string, name: string, record: RunRecord): void {
    const path = this.#path(driver, name);
    const text = JSON.stringify(record);
    if (this.#written.get(path) !== record.wanted) {
      writeFileDurably(path, text, 0o600);
      this.#written.set(path, record.wanted);
      return;
    }
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  remove(driver: string, name: string): void {
    const path = this.#path(driver, name);
    this.#written.delete(path);
    rmSync(path, { force: true });
  }

  /** Services of which there is a record, also those whose definition is gone meanwhile. */
  names(): readonly { readonly driver: "process" | "tmux"; readonly name: string }[] {
    return readdirSync(this.#directory).flatMap((file) => {
      const match = /^(process|tmux)\.(.+)\.json$/.exec(file);
      const driver = match?.[1] as "process" | "tmux" | undefined;
      const name = match?.[2];
      return driver !== undefined && name !== undefined && isSupervisedName(driver, name) ? [{ driver, name }] : [];
    });
  }

  #path(driver: string, name: string): string {
    return join(this.#directory, `${driver}.${name}.json`);
  }
}
