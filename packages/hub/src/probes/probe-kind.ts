import type { Duplex } from "node:stream";
import type {
  Clock,
  Execution,
  ProbeKindName,
  ProbeReport,
  ProbeResult,
  ProbeSettings,
  ProbeSettingsOf,
  ProgramEnd,
} from "@muster/core";
import type { EgressAddresses, EgressAnswer, EgressFailed, EgressRequest } from "@muster/node-kit";

/**
 * How a probe gets to what it looks at: from the hub, or from a server by way of its SSH connection or its agent. Throws
 * WayDown, and nothing else, where the server is not there or the hub itself may not go there.
 */
export interface ProbeWay {
  /** One HTTP request to exactly the host and port of its address, which may be private. */
  request(
    request: Omit<EgressRequest, "purpose" | "opened" | "account" | "over">,
    signal: AbortSignal,
  ): Promise<EgressAnswer>;
  /** A connection to exactly this host and port; the stream is the caller's to destroy. */
  connect(
    host: string,
    port: number,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true; readonly socket: Duplex; readonly durationMs: number } | EgressFailed>;
  /** Addresses of this host, checked for this port, for what is no connection of TCP; from the hub only. */
  addresses(host: string, port: number, signal: AbortSignal): Promise<EgressAddresses>;
  /** Runs the system's `ping` at this host: of the hub's machine, or of the server that it goes by. */
  ping(asked: PingAsked, signal: AbortSignal): Promise<PingRun | EgressFailed>;
  /** Has the server that it goes by run a program by its name in that one's policy, and tells how it ended. */
  program(name: string, signal: AbortSignal): Promise<ProgramEnd>;
  /** The server that it goes by; undefined: the hub itself. */
  readonly via: string | undefined;
  /** The last time that the way itself lost a connection that it gave, and why; another object is another time. */
  readonly loss: () => WayLoss | undefined;
}

/** So many packets, a second apart. */
export interface PingAsked {
  readonly host: string;
  readonly packets: number;
}

/**
 * What came of the program. `exited`: it ended by itself, in whichever way; `forbidden`: it needs a right that the hub may
 * not pass on; `cut`: it was not let end.
 */
export type PingRun =
  | { readonly is: "missing" | "forbidden" | "cut" }
  | { readonly is: "exited"; readonly output: string; readonly errorOutput: string };

export interface WayLoss {
  readonly why: string;
}

/** What a probe that waits to be called has heard. */
export interface Heard {
  readonly at: number;
  readonly is: "ok" | "start" | "fail";
  /** As the caller told it. */
  readonly exitCode: number | null;
}

export interface ProbeDeps {
  readonly clock: Clock;
  readonly way: ProbeWay;
  /** Opened only here. */
  readonly secret: string | undefined;
  /** The newest call of each sort; only probes that wait to be called are. */
  readonly heard: () => { readonly ended: Heard | null; readonly started: Heard | null; readonly since: number };
}

/** What came of doing something to what a probe looks at; the report is shown beside the outcome. */
export interface ProbeActed extends Pick<Execution, "outcome" | "detail"> {
  readonly report?: ProbeReport;
}

/** One probe with its settings. What it remembers between runs makes rates; runs come one after the other. */
export interface Probe {
  /** Looks once. A sick target is a result. What it throws means that the probe is broken: logged, and unknown. The signal ends it. */
  run(signal: AbortSignal): Promise<ProbeResult>;
  /** Does one of the kind's acts; the outcome is observed. */
  act?(act: string, given: ProbeSettings, signal: AbortSignal): Promise<ProbeActed>;
  /** Ends connections that are kept. */
  close?(): void;
}

/** Makes probes of one kind; does no I/O. */
export type CreateProbe<K extends ProbeKindName> = (settings: ProbeSettingsOf<K>, deps: ProbeDeps) => Probe;
