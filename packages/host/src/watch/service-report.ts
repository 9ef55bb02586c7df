import type { Cancellable, Clock } from "@muster/core";
import { AGENT_LIMITS } from "@muster/protocol";
import type { ServicesFrame, WireService } from "@muster/protocol";
import type { DriverReport, ServiceListener } from "./service-watch.ts";

/** Changes are gathered so long: often one thing changes several times in a moment. */
const GAP_MS = 300;
/** A frame has room to spare beside them. */
const FRAME_SERVICES_BYTES_MAX = (3 * AGENT_LIMITS.frameBytesMax) / 4;

const encoder = new TextEncoder();

/** Where lines about services are written; a hub asks for those above the number that it has. */
export interface NumberedLedger {
  readonly id: string;
  /** Number of the newest durable line; 0 when there is none. */
  readonly newestSeq: number;
  /** Called whenever more lines are durable. */
  listen(listener: () => void): () => void;
}

export interface ServiceReportDeps {
  readonly clock: Clock;
  readonly ledger: NumberedLedger;
  /** Reads them now; never rejects. */
  readonly read: () => Promise<void>;
  readonly services: () => ReadonlyMap<string, WireService>;
  readonly drivers: () => readonly DriverReport[];
  readonly listen: (changed: ServiceListener) => () => void;
  readonly send: (frame: ServicesFrame) => void;
}

/** What the hub was told of the services in one session: all at first, then what is other than it was told. */
export class ServiceReport {
  readonly #deps: ServiceReportDeps;
  readonly #stops: readonly (() => void)[];
  /** What the hub has to be told yet; what is more than it takes of a server waits here until there is room. */
  readonly #changed = new Set<string>();
  readonly #told = new Set<string>();
  #timer: Cancellable | undefined;
  #isWholeTold = false;
  #isEnded = false;

  constructor(deps: ServiceReportDeps) {
    this.#deps = deps;
    // Told before the first reading is over, it would say that services are gone.
    void deps.read().then(() => {
      if (!this.#isEnded) this.#tell("whole");
    });
    this.#stops = [
      deps.listen((keys, when) => {
        for (const key of keys) this.#changed.add(key);
        if (when === "now" && this.#isWholeTold) this.#tell("changes");
        else this.#plan();
      }),
      deps.ledger.listen(() => this.#plan()),
    ];
  }

  end(): void {
    this.#isEnded = true;
    this.#timer?.cancel();
    for (const stop of this.#stops) stop();
  }

  #plan(): void {
    this.#timer ??= this.#deps.clock.after(GAP_MS, () => {
      this.#timer = undefined;
      if (this.#isWholeTold) this.#tell("changes");
    });
  }

  #tell(what: "whole" | "changes"): void {
    const known = this.#deps.services();
    if (what === "whole") for (const key of known.keys()) this.#changed.add(key);
    const removed = [...this.#changed].filter((key) => !known.has(key)).slice(0, AGENT_LIMITS.servicesPerServerMax);
    for (const key of removed) for (const keys of [this.#told, this.#changed]) keys.delete(key);
    const services = this.#takeFitting(known);
    this.#send({
      whole: what === "whole",
      services,
      removed: what === "whole" ? [] : removed,
      drivers: this.#deps.drivers(),
    });
    this.#isWholeTold = true;
    if (services.length + removed.length > 0 && this.#changed.size > 0) this.#plan();
  }

  /** As many of the changed as fit into one frame, and of new ones as the hub takes of one server. */
  #takeFitting(known: ReadonlyMap<string, WireService>): readonly WireService[] {
    const services: WireService[] = [];
    let bytes = 0;
    for (const key of this.#changed) {
      const service = known.get(key);
      if (service === undefined || (!this.#told.has(key) && this.#told.size >= AGENT_LIMITS.servicesPerServerMax))
        continue;
      bytes += encoder.encode(JSON.stringify(service)).length;
      if (bytes > FRAME_SERVICES_BYTES_MAX) break;
      services.push(service);
      this.#told.add(key);
      this.#changed.delete(key);
    }
    return services;
  }

  #send(part: Pick<ServicesFrame, "whole" | "services" | "removed" | "drivers">): void {
    const { ledger, send } = this.#deps;
    send({ t: "services", ...part, ledgerId: ledger.id, ledgerSeq: ledger.newestSeq });
  }
}
