import type { Clock, Execution, PullKindName, PullReading } from "@muster/core";
import type { ServiceDriver } from "@muster/host";
import type { Egress } from "@muster/node-kit";
import type { BoxTurns } from "./box-turns.ts";

/** How one server is pulled, as its owner said it. */
export interface PullConfig {
  /** Where it answers: scheme, host, port, and a path where it is behind one. */
  readonly url: string;
  readonly secret?: string;
  /** For one whole call, connecting included. */
  readonly timeoutMs: number;
  /** Series to take over besides the known ones (`isAllowedSeriesName`). */
  readonly allow: readonly string[];
  /** Names of channels by their number. */
  readonly channelNames: Readonly<Record<string, string>>;
  /**
   * `PullReading.listFingerprint` of the time when the names were given. Absent: the first list that is seen counts.
   * As long as another list is seen, nothing is done to its channels.
   */
  readonly listFingerprint?: string;
}

export interface PullDeps {
  readonly egress: Egress;
  readonly clock: Clock;
  /** The same object for all adapters, since two entries may mean one box. */
  readonly turns: BoxTurns;
  /** The server whose configured link this is, for counting attempts; none where a link is only tried. */
  readonly account?: string;
}

/** Describes a kind; creating does no I/O. */
export interface PullAdapterKind {
  readonly name: PullKindName;
  /** Throws PullFailure when the address cannot be one. */
  readonly create: (config: PullConfig, deps: PullDeps) => PullAdapter;
}

/** One server that answers HTTP. What it remembers between looks makes shares and runs, so looks come one after the other. */
export interface PullAdapter {
  /** One look: everything known now. Throws PullFailure. */
  read(signal: AbortSignal): Promise<PullReading>;
  /** How its services are acted on, where they can be. */
  readonly driver?: ServiceDriver;
  /** Restarts the machine, where it can; the outcome is observed. Never throws. */
  reboot?(signal: AbortSignal): Promise<Execution>;
  /** The same settings were saved again: names of channels are for the list as the next look shows it. */
  settingsSaved?(): void;
}

/** Where a look ended. `address`: what was entered is none; `answer`: something came that is no answer to this. */
export type PullStep = "address" | "reach" | "sign-in" | "answer" | "understand";

/** A look that failed. The message is one sentence for people and says what to do; of foreign text it holds at most 200 characters. */
export class PullFailure extends Error {
  override readonly name = "PullFailure";
  readonly step: PullStep;
  /** Who, by words that only it has, says that it lets nobody in. */
  readonly saidBy?: PullKindName;

  constructor(step: PullStep, message: string, saidBy?: PullKindName) {
    super(message);
    this.step = step;
    if (saidBy !== undefined) this.saidBy = saidBy;
  }
}
