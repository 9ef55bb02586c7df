import { wait } from "@muster/core";
import type { Cancellable, Clock, LoadedPolicy, Logger, LogLine } from "@muster/core";
import type { KeptLines, LogReader } from "@muster/host";
import { RingFile } from "./ring-file.ts";

export interface ContainerRingsDeps {
  /** Reads containers as they are, without what is kept here. */
  readonly reader: LogReader;
  readonly policy: () => Promise<LoadedPolicy>;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Of one container; two files of half of it each. */
const RING_BYTES_MAX = 1024 * 1024;
const RINGS_MAX = 32;
const FIRST_LINES = 1_000;
const LOOK_EVERY_MS = 10_000;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,200}$/;

interface Ring {
  readonly file: RingFile;
  readonly stop: AbortController;
}

/** Keeps the last lines of containers whose log the policy grants, so that they are there when the container is not. */
export class ContainerRings implements KeptLines {
  readonly #deps: ContainerRingsDeps;
  readonly #rings = new Map<string, Ring>();
  #looking: Cancellable | undefined;
  #isStopped = false;

  constructor(deps: ContainerRingsDeps) {
    this.#deps = deps;
  }

  start(): void {
    void this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    this.#looking?.cancel();
    for (const name of [...this.#rings.keys()]) this.#end(name);
  }

  async lines(name: string): Promise<readonly LogLine[]> {
    return this.#rings.get(name)?.file.lines() ?? [];
  }

  /** Follows what the policy grants now, and nothing else. */
  async #look(): Promise<void> {
    const { policy, clock } = this.#deps;
    const granted = grantedContainers(await policy());
    if (this.#isStopped) return;
    for (const name of [...this.#rings.keys()]) if (!granted.includes(name)) this.#end(name);
    for (const name of granted) if (!this.#rings.has(name)) this.#begin(name);
    this.#looking = clock.after(LOOK_EVERY_MS, () => void this.#look());
  }

  #begin(name: string): void {
    const { directory, clock, log } = this.#deps;
    try {
      const ring = { file: new RingFile(directory, name, RING_BYTES_MAX, clock), stop: new AbortController() };
      this.#rings.set(name, ring);
      void this.#follow(name, ring);
    } catch (error) {
      log.warn("the last lines of a container cannot be kept", { name, error });
    }
  }

  #end(name: string): void {
    const ring = this.#rings.get(name);
    this.#rings.delete(name);
    ring?.stop.abort();
    try {
      ring?.file.flush();
    } catch (error) {
      this.#deps.log.warn("the last lines of a container cannot be kept", { name, error });
    }
  }

  /** Until it is ended. A container that is not there yet, or Docker away, is tried again at the next look. */
  async #follow(name: string, { file, stop }: Ring): Promise<void> {
    const { reader, clock, log } = this.#deps;
    let loggedWhy = "";
    while (!stop.signal.aborted) {
      try {
        const after = file.lastCursor;
        const query = {
          driver: "container",
          name,
          linesMax: FIRST_LINES,
          follow: true,
          ...(after !== undefined && { afterCursor: after }),
        } as const;
        for await (const item of reader.read(query, stop.signal)) if ("text" in item) file.add(item);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (why !== loggedWhy) log.debug("a container's log is not there to be kept", { name, why });
        loggedWhy = why;
      }
      if (stop.signal.aborted) return;
      await wait(clock, LOOK_EVERY_MS, stop.signal);
    }
  }
}

const grantedContainers = ({ policy }: LoadedPolicy): readonly string[] =>
  [
    ...new Set(
      policy.allow.flatMap(({ action, driver, names = [], require }) =>
        action === "logs.read" && driver === "container" && require === undefined
          ? names.filter((name) => NAME.test(name))
          : [],
      ),
    ),
  ].slice(0, RINGS_MAX);
