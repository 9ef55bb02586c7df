import type { Clock, LedgerNote, Logger } from "@muster/core";
import type { NumberedLedger } from "@muster/host";
import type { ServiceRegistry } from "../../fleet/service-registry.ts";

const CAUSE_CHARACTERS_MAX = 1_000;
const LEDGER_ID = "hub";

/** The ledger of a server whose services the hub itself watches: its lines go straight to where all are kept. */
export class StationLedger implements NumberedLedger {
  readonly id = LEDGER_ID;
  readonly #serverId: string;
  readonly #deps: { readonly services: ServiceRegistry; readonly clock: Clock; readonly log: Logger };
  /** Asked for once; lines are numbered after it. */
  #seq: Promise<number> | undefined;

  constructor(
    serverId: string,
    deps: { readonly services: ServiceRegistry; readonly clock: Clock; readonly log: Logger },
  ) {
    this.#serverId = serverId;
    this.#deps = deps;
  }

  /** Nobody has to ask for lines: they are there before services are told. */
  get newestSeq(): number {
    return 0;
  }

  listen(): () => void {
    return () => undefined;
  }

  /** Never throws: a line that cannot be kept is told in the log. */
  note(note: LedgerNote): void {
    const { services, clock, log } = this.#deps;
    const at = clock.now();
    const write = async (): Promise<number> => {
      const before = await (this.#seq ?? services.ledgerSeq(this.#serverId, LEDGER_ID));
      const entry = { ...note, cause: note.cause.slice(0, CAUSE_CHARACTERS_MAX), seq: before + 1, at };
      try {
        await services.addToLedger(this.#serverId, LEDGER_ID, [entry]);
        return entry.seq;
      } catch (error) {
        log.warn("a line of a service's ledger could not be kept", { serverId: this.#serverId, error });
        return before;
      }
    };
    const written = write();
    this.#seq = written;
    // Without the number nothing can be added; the next line asks for it again.
    written.catch(() => {
      if (this.#seq === written) this.#seq = undefined;
    });
  }

  /** Until every line so far is kept. */
  async settled(): Promise<void> {
    await this.#seq?.catch(() => undefined);
  }
}
