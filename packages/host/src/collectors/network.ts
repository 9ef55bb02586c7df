import {
  type InterfaceReading,
  type Labels,
  MachineTraffic,
  type SampleSink,
  isUninteresting,
  parseInterfaces,
} from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import { Rescan } from "../rescan.ts";
import { vantageOf } from "../vantage.ts";
import { type InterfaceRole, findInterfaceRoles } from "./interface-roles.ts";

export const INTERFACES_MAX = 64;

/** Traffic and faults per interface, and the machine's own traffic in and out. */
export const networkKind: CollectorKind = {
  name: "network",
  everyMs: 0,
  create(config, { host, clock }): Collector {
    const machine = new MachineTraffic();
    const known = new KnownInterfaces();
    let names: readonly string[] = [];
    const roles = new Rescan(clock, async () =>
      findInterfaceRoles(host, (await vantageOf(host, config.hostRoot)).sys, names),
    );
    return {
      async collect(sink) {
        const { net } = await vantageOf(host, config.hostRoot);
        const text = await host.readFile(`${net}/dev`);
        if (text === undefined) throw new Error("/proc/net/dev cannot be read");
        const interfaces = parseInterfaces(text, (name) => known.labelsOf(name) !== undefined);
        names = interfaces.map((reading) => reading.interface);
        let roleOf = await roles.get();
        if (!names.every((name) => roleOf.has(name))) {
          roles.forget();
          roleOf = await roles.get();
        }
        let shown = 0;
        const outward: InterfaceReading[] = [];
        for (const reading of interfaces) {
          const role = roleOf.get(reading.interface);
          const labels = known.labelsOf(reading.interface);
          if (role === "outward") outward.push(reading);
          if (labels === undefined || !isShown(reading, role) || (shown += 1) > INTERFACES_MAX) continue;
          putInterface(reading, sink, labels);
        }
        machine.add(outward);
        sink.counter("network_machine_receive_bytes_total", machine.receiveBytes);
        sink.counter("network_machine_transmit_bytes_total", machine.transmitBytes);
      },
    };
  },
};

/** Names seen so far: a pattern is not tried, nor an object of labels made, again each round. */
class KnownInterfaces {
  readonly #labels = new Map<string, Labels | undefined>();

  /** Undefined for an interface of no interest. */
  labelsOf(name: string): Labels | undefined {
    if (!this.#labels.has(name)) {
      // Ends of containers come and go under new names all the time.
      if (this.#labels.size > 16 * INTERFACES_MAX) this.#labels.clear();
      this.#labels.set(name, isUninteresting(name) ? undefined : { interface: name });
    }
    return this.#labels.get(name);
  }
}

/** A virtual interface that never carried anything is noise; a real one that is silent is worth seeing. */
const isShown = (reading: InterfaceReading, role: InterfaceRole | undefined): boolean =>
  role === "outward" || reading.receiveBytes > 0 || reading.transmitBytes > 0;

function putInterface(reading: InterfaceReading, sink: SampleSink, labels: Labels): void {
  sink.counter("network_receive_bytes_total", reading.receiveBytes, labels);
  sink.counter("network_transmit_bytes_total", reading.transmitBytes, labels);
  sink.counter("network_receive_packets_total", reading.receivePackets, labels);
  sink.counter("network_transmit_packets_total", reading.transmitPackets, labels);
  sink.counter("network_receive_errors_total", reading.receiveErrors, labels);
  sink.counter("network_transmit_errors_total", reading.transmitErrors, labels);
  sink.counter("network_receive_drops_total", reading.receiveDrops, labels);
  sink.counter("network_transmit_drops_total", reading.transmitDrops, labels);
}
