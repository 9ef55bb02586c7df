import { serviceKeyText } from "@muster/core";
import type { Cancellable, Clock } from "@muster/core";
import { AGENT_LIMITS } from "@muster/protocol";
import type { ServicesFrame, WireService } from "@muster/protocol";
import type { Ledger } from "./ledger.ts";
import type { DriverReport } from "./service-watch.ts";

/** Changes are gathered so long: often one thing changes several times in a moment. */
const GAP_MS = 300;
/** A frame has room to spare beside them. */
const FRAME_SERVICES_BYTES_MAX = (3 * AGENT_LIMITS.frameBytesMax) / 4;

export interface ServiceReportDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** Reads them now; never rejects. */
  readonly read: () => Promise<void>;
  readonly services: () => ReadonlyMap<string, WireService>;
  readonly drivers: () => readonly DriverReport[];
  readonly listen: (changed: (keys: readonly string[]) => void) => () => void;
  readonly send: (frame: ServicesFrame) => void;
}

/** What the hub was told of the services in one session: all at first, then what is other than it was told. */
export class ServiceReport {
  readonly #deps: ServiceReportDeps;
  readonly #stops: readonly (() => void)[];
  readonly #changed = new Set<string>();
  #timer: Cancellable | undefined;
  #isWholeTold = false;
  #isEnded = false;

  constructor(deps: ServiceReportDeps) {
    this.#deps = deps;
    // Told before the first reading is over, it would say that services are gone.
    void deps.read().then(() => {
      if (!this.#isEnded) this.#tellWhole();
    });
    this.#stops = [
      deps.listen((keys) => {
        for (const key of keys) this.#changed.add(key);
        this.#plan();
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
      this.#tellChanges();
    });
  }

  #tellWhole(): void {
    const services = this.#takeFitting([...this.#deps.services().values()]);
    this.#send({ whole: true, services, removed: [], drivers: this.#deps.drivers() });
    this.#isWholeTold = true;
  }

  #tellChanges(): void {
    if (!this.#isWholeTold) return;
    const known = this.#deps.services();
    const keys = [...this.#changed].slice(0, AGENT_LIMITS.servicesPerServerMax);
    const services = this.#takeFitting(keys.flatMap((key) => known.get(key) ?? []));
    const told = new Set(services.map(serviceKeyText));
    const removed = keys.filter((key) => !known.has(key));
    for (const key of keys) if (told.has(key) || !known.has(key)) this.#changed.delete(key);
    this.#send({ whole: false, services, removed, drivers: this.#deps.drivers() });
    if (this.#changed.size > 0) this.#plan();
  }

  /** As many as fit into one frame. */
  #takeFitting(services: readonly WireService[]): readonly WireService[] {
    let bytes = 0;
    return services.slice(0, AGENT_LIMITS.servicesPerServerMax).filter((service) => {
      bytes += Buffer.byteLength(JSON.stringify(service));
      return bytes <= FRAME_SERVICES_BYTES_MAX;
    });
  }

  #send(part: Pick<ServicesFrame, "whole" | "services" | "removed" | "drivers">): void {
    const { ledger, send } = this.#deps;
    send({ t: "services", ...part, ledgerId: ledger.id, ledgerSeq: ledger.newestSeq });
  }
}
