import type { MachineFacts } from "../linux/machine-facts.ts";
import { labelsProblem } from "../samples.ts";
import type { Labels } from "../samples.ts";
import type { ServiceStatus } from "../services/service.ts";
import type { Instant } from "../time.ts";

/** One number of a pulled server, under our own name and in our own unit. */
export interface PullSample {
  readonly metric: string;
  readonly labels?: Labels;
  readonly value: number;
}

/** A process as a pulled server lists it; null where it does not say. */
export interface PulledProcess {
  readonly pid: number;
  readonly user: string;
  /** Bounded, with secrets replaced. */
  readonly commandLine: string;
  /** Of one core, over the life of the process. */
  readonly cpuRatio: number | null;
  readonly memoryRatio: number | null;
}

/** Everything that one look at a pulled server told. What it did not tell is absent, never 0. */
export interface PullReading {
  readonly samples: readonly PullSample[];
  readonly facts?: Partial<MachineFacts>;
  readonly services?: readonly ServiceStatus[];
  readonly processes?: readonly PulledProcess[];
  /** When it was read by the source's own clock; for its offset, not for stamping. */
  readonly sourceAt?: Instant;
  /** What answered, with its version where it says one. */
  readonly answeredBy?: string;
  /** What a person should know about these numbers; foreign text in it is bounded. */
  readonly warnings?: readonly string[];
  /** Names the list of channels; another value means that a number may stand for another channel than before. */
  readonly listFingerprint?: string;
}

/** When a look was taken: wall time of the receiver, and how long before and after the question its clock stood. */
export interface LookTimes {
  readonly now: Instant;
  /** Monotonic, just before the question was sent. */
  readonly askedMs: number;
  /** Monotonic, when the answer was there. */
  readonly gotMs: number;
}

/** Collects samples. A number that is not there, is none, or whose labels are no such that can be stored is left out. */
export class SampleList {
  readonly samples: PullSample[] = [];

  put(metric: string, value: number | undefined, labels?: Labels): void {
    if (value === undefined || !Number.isFinite(value)) return;
    if (labels !== undefined && labelsProblem(labels) !== undefined) return;
    this.samples.push(labels === undefined ? { metric, value } : { metric, value, labels });
  }
}

/** An instant that is reckoned anew each time and wavers: the first one stays until another is clearly not the same. */
export class SteadyInstant {
  #kept: Instant | undefined;

  take(at: Instant, toleranceMs: number): Instant {
    if (this.#kept === undefined || Math.abs(at - this.#kept) > toleranceMs) this.#kept = at;
    return this.#kept;
  }
}

/** Its clock may be a little off; more is told. */
const OFFSET_NOTICED_MS = 60_000;

/** That a reading's own time is another one than ours, where it is. */
export function offsetWarnings(sourceAt: Instant | undefined, now: Instant): readonly string[] {
  if (sourceAt === undefined || Math.abs(sourceAt - now) <= OFFSET_NOTICED_MS) return [];
  const seconds = Math.round(Math.abs(sourceAt - now) / 1_000);
  return [`its reading is dated ${seconds} s ${sourceAt < now ? "back" : "ahead"}: look at its clock`];
}
