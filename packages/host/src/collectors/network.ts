import { type InterfaceReading, type Labels, type SampleSink, parseInterfaces } from "@muster/core";
import type { Collector, CollectorKind } from "../collector.ts";
import { Rescan } from "../rescan.ts";
import { vantageOf } from "../vantage.ts";
import { type InterfaceRole, findInterfaceRoles, isUninteresting } from "./interface-roles.ts";

export const INTERFACES_MAX = 64;

/** Traffic and faults per interface, and the machine's own traffic in and out. */
export const networkKind: CollectorKind = {
  name: "network",
  everyMs: 0,
  create(config, { host, clock }): Collector {
    const machine = new MachineTraffic();
    const labels = new Map<string, Labels>();
    let names: readonly string[] = [];
    const roles = new Rescan(clock, async () =>
      findInterfaceRoles(host, (await vantageOf(host, config.hostRoot)).sys, names),
    );
    return {
      async collect(sink) {
        const { net } = await vantageOf(host, config.hostRoot);
        const text = await host.readFile(`${net}/dev`);
        if (text === undefined) throw new Error("/proc/net/dev cannot be read");
        const interfaces = parseInterfaces(text, (name) => !isUninteresting(name));
        names = interfaces.map((reading) => reading.interface);
        let known = await roles.get();
        if (names.some((name) => !known.has(name))) {
          roles.forget();
          known = await roles.get();
        }
        let shown = 0;
        for (const reading of interfaces) {
          if (!isShown(reading, known.get(reading.interface)) || (shown += 1) > INTERFACES_MAX) continue;
          let label = labels.get(reading.interface);
          if (label === undefined) labels.set(reading.interface, (label = { interface: reading.interface }));
          putInterface(reading, sink, label);
        }
        machine.add(interfaces.filter((reading) => known.get(reading.interface) === "outward"));
        sink.counter("network_machine_receive_bytes_total", machine.receiveBytes);
        sink.counter("network_machine_transmit_bytes_total", machine.transmitBytes);
      },
    };
  },
};

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

/**
 * Traffic over all outward interfaces. Their totals cannot simply be added: when one goes away the sum would shrink and
 * look like a reset, so growth is added up instead, from zero at the start of the agent.
 */
class MachineTraffic {
  receiveBytes = 0;
  transmitBytes = 0;
  #before = new Map<string, InterfaceReading>();

  add(readings: readonly InterfaceReading[]): void {
    const now = new Map<string, InterfaceReading>();
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
