import type { Clock, Logger, SampleSink } from "@muster/core";
import type { Host } from "./host.ts";

export interface Collector {
  /** One reading. A throw fails this round and discards what it had put in the sink. */
  collect(sink: SampleSink, signal: AbortSignal): Promise<void>;
  close?(): Promise<void>;
}

export interface CollectorDeps {
  readonly host: Host;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A description; `catalog.ts` lists them all. */
export interface CollectorKind {
  readonly name: string;
  /** Rounds are skipped so that it runs about this often; 0 means with every round. */
  readonly everyMs: number;
  /** Whether this machine can be read and, if not, why; the operator is told. */
  detect?(
    deps: CollectorDeps,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }>;
  create(config: CollectorConfig, deps: CollectorDeps): Collector;
}

/** What an operator can set for the collectors of one server. */
export interface CollectorConfig {
  /** `auto` finds real file systems; a list names mount points. */
  readonly mounts: "auto" | readonly string[];
  /** Where the machine's own root is mounted when the agent runs in a container, else "/". */
  readonly hostRoot: string;
}
