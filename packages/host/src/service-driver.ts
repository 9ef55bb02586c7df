import type { ActionArgs, DriverName, Execution, ServiceStatus, Verb } from "@muster/core";

/** One effect asked of a service. */
export interface Effect {
  readonly verb: Verb;
  readonly name: string;
  /** What the action carried besides driver and name, such as a signal. */
  readonly args: ActionArgs;
}

/**
 * Makes one kind of service run, on one server, through its `Host`. Names come from outside: every driver checks them
 * by its own grammar, and passes them as one argument after `--` or as one escaped piece of a path.
 */
export interface ServiceDriver {
  readonly name: DriverName;
  /** Whether this server has it; the reason is shown to the operator. */
  detect(signal: AbortSignal): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }>;
  /** Every service now, sorted by name. Throws when it cannot be told. */
  list(signal: AbortSignal): Promise<readonly ServiceStatus[]>;
  /** One service now; undefined when there is none of this name, or the name can be none. */
  read(name: string, signal: AbortSignal): Promise<ServiceStatus | undefined>;
  /**
   * Calls `changed` soon after something may have changed, with the name where it is known. A hint only: whoever wants
   * to know reads. Never throws; stops when aborted. Absent where nothing can be watched.
   */
  watch?(changed: (name?: string) => void, signal: AbortSignal): void;
  /**
   * Brings about one effect and waits until it is observed, or is not going to come. `succeeded` only by observation;
   * `refused` when the system itself denies it; `unknown` when the signal aborts first. Never throws.
   */
  act(effect: Effect, signal: AbortSignal): Promise<Execution>;
}
