import type { InterfaceReading } from "./net-dev.ts";

type Carried = Pick<InterfaceReading, "interface" | "receiveBytes" | "transmitBytes">;

/**
 * Traffic over all outward interfaces. Their totals cannot simply be added: when one goes away the sum would shrink and
 * look like a reset, so growth is added up instead, from zero at the start of whoever reads.
 */
export class MachineTraffic {
  receiveBytes = 0;
  transmitBytes = 0;
  #before = new Map<string, Carried>();

  add(readings: readonly Carried[]): void {
    const now = new Map<string, Carried>();
    for (const reading of readings) {
      const before = this.#before.get(reading.interface);
      if (before !== undefined) {
        // Less than before: the interface was made anew and counts from zero.
        this.receiveBytes += grown(before.receiveBytes, reading.receiveBytes);
        this.transmitBytes += grown(before.transmitBytes, reading.transmitBytes);
      }
      now.set(reading.interface, reading);
    }
    this.#before = now;
  }
}

const grown = (before: number, after: number): number => (after >= before ? after - before : after);
