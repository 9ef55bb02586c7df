import { SHOWN_PROPERTIES, parseListUnits, parseShowOutput, unitOf } from "@muster/core";
import type { ListedUnit, Unit } from "@muster/core";
import type { ActingHost, ExecuteResult } from "../../host.ts";

/** How one systemd is spoken to: the machine's own, or that of a user. */
export interface ManagerReach {
  /** What stands before a verb: the program by its absolute path, and whom it speaks to. */
  readonly argv: readonly string[];
  /** Where systemd keeps a link for each run, named after its unit. */
  readonly runsDirectory: string;
  /** Where administrators and users put units of their own. */
  readonly ownDirectories: readonly string[];
}

/** Where it is on every machine: `/bin` leads to `/usr/bin` where that is the real place. */
export const SYSTEMCTL = "/bin/systemctl";

const OUTPUT_BYTES_MAX = 8 * 1024 * 1024;
/** Below this version `--timestamp` is not known; times are then understood where the machine's zone is UTC. */
const TIMESTAMP_VERSION = 247;

/** One systemd, by its command line. Every name stands behind `--`. */
export class SystemdManager {
  readonly reach: ManagerReach;
  readonly #host: ActingHost;
  #version: Promise<number> | undefined;

  constructor(reach: ManagerReach, host: ActingHost) {
    this.reach = reach;
    this.#host = host;
  }

  /** Its version. Throws what systemctl says when it cannot be spoken to. */
  version(signal: AbortSignal): Promise<number> {
    this.#version ??= this.#askVersion(signal).catch((error: unknown) => {
      this.#version = undefined;
      throw error;
    });
    return this.#version;
  }

  /** What systemd knows of these units, in their order; patterns stand for all that are loaded. */
  async show(names: readonly string[], signal: AbortSignal): Promise<Unit[]> {
    if (names.length === 0) return [];
    const timestamp = (await this.version(signal)) >= TIMESTAMP_VERSION ? ["--timestamp=us+utc"] : [];
    const properties = `--property=${SHOWN_PROPERTIES.join(",")}`;
    // Without --all a pattern stands for active units only.
    const { stdout } = await this.#must(["show", "--all", ...timestamp, properties, "--", ...names], signal);
    return parseShowOutput(stdout).map(unitOf);
  }

  /** One line for each loaded unit of these kinds: a tenth of what `show` costs, and a tenth of what it says. */
  async listLoaded(kinds: readonly string[], signal: AbortSignal): Promise<ListedUnit[]> {
    const options = ["--all", "--plain", "--no-legend", "--full", `--type=${kinds.join(",")}`];
    return parseListUnits((await this.#must(["list-units", ...options], signal)).stdout);
  }

  /** Runs a verb on one unit and waits for its job. What came of it is for `show` to say. */
  run(verb: string, unit: string, signal: AbortSignal): Promise<ExecuteResult> {
    return this.#execute(["--no-ask-password", "--quiet", verb, "--", unit], signal);
  }

  async #askVersion(signal: AbortSignal): Promise<number> {
    const { stdout } = await this.#must(["show", "--property=Version"], signal);
    return Number.parseInt(/^Version=(?:v|systemd )?(\d+)/.exec(stdout)?.[1] ?? "0", 10);
  }

  async #must(args: readonly string[], signal: AbortSignal): Promise<ExecuteResult> {
    const result = await this.#execute(args, signal);
    if (result.exitCode !== 0) throw new Error(complaintOf(result.stderr) || `systemctl ended with ${result.exitCode}`);
    if (result.truncated) throw new Error(`systemctl says more than ${OUTPUT_BYTES_MAX} bytes`);
    return result;
  }

  #execute(args: readonly string[], signal: AbortSignal): Promise<ExecuteResult> {
    return this.#host.execute([...this.reach.argv, "--no-pager", ...args], {
      signal,
      outputBytesMax: OUTPUT_BYTES_MAX,
    });
  }
}

/** The first line of what systemctl complained, which says what was wrong; the rest says where to read on. */
export const complaintOf = (stderr: string): string => (stderr.trim().split("\n")[0] ?? "").slice(0, 200);
