import { inflateRawSync } from "node:zlib";
import type { Clock, Random, SequenceRanges } from "@muster/core";
import type { BatchFrame } from "@muster/protocol";
import type { Outbox, Sender } from "../src/uplink/outbox.ts";
import { rangesOf } from "./scripted-hub.ts";

/** Stores batches without a socket and acknowledges after a delay, some acknowledgements never. */
export class PackHub {
  readonly rows = new Map<number, { readonly reading: number; readonly at: number }>();
  inFlightMost = 0;
  /** Batches sent again in the same session although nothing was lost. */
  doubledUnacknowledged = 0;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  received(): SequenceRanges {
    return rangesOf([...this.rows.keys()].toSorted((one, other) => one - other));
  }

  /** One session. */
  sender(outbox: Outbox): Sender {
    const sentHere = new Set<number>();
    const inFlight = new Set<number>();
    const layouts = new Set<number>();
    return {
      waitingBytes: 0,
      renew: () => undefined,
      send: (message) => {
        const text = typeof message === "string" ? message : inflateRawSync(message).toString("utf8");
        const seqs: number[] = [];
        for (const line of text.split("\n")) {
          const frame = JSON.parse(line) as BatchFrame;
          if (frame.define !== undefined) layouts.add(frame.layout);
          if (!layouts.has(frame.layout)) throw new Error(`layout ${frame.layout} was not defined in this session`);
          if (sentHere.has(frame.seq)) this.doubledUnacknowledged++;
          sentHere.add(frame.seq);
          inFlight.add(frame.seq);
          seqs.push(frame.seq);
          const [at, reading] = frame.rows[0]!;
          const known = this.rows.get(frame.seq);
          if (known !== undefined && known.reading !== reading) throw new Error(`${frame.seq} was used twice`);
          this.rows.set(frame.seq, { reading: reading!, at: at! });
        }
        this.inFlightMost = Math.max(this.inFlightMost, inFlight.size);
        this.#clock.after(this.#random() * 200, () => {
          for (const seq of seqs) inFlight.delete(seq);
          outbox.acknowledge(rangesOf(seqs.toSorted((one, other) => one - other)));
        });
      },
    };
  }
}
