import type { SeriesDefinition } from "@muster/protocol";

/** How a simulated series moves. */
type Motion =
  /** Wanders between the bounds, by up to `step` a round, in units of 1/`scale`. */
  | { readonly is: "gauge"; readonly from: number; readonly to: number; readonly step: number; readonly scale: number }
  /** Grows by up to `most` a second. */
  | { readonly is: "counter"; readonly most: number }
  /** Says the same for ever. */
  | { readonly is: "fixed"; readonly value: number };

export interface SimulatedSeries {
  readonly definition: SeriesDefinition;
  readonly motion: Motion;
}

const GIB = 1024 ** 3;
const ratio: Motion = { is: "gauge", from: 0, to: 1, step: 0.05, scale: 10_000 };
const load: Motion = { is: "gauge", from: 0, to: 8, step: 0.3, scale: 100 };
const bytesUpTo = (to: number): Motion => ({ is: "gauge", from: 0.1 * to, to, step: to / 100, scale: 1 });
const grows = (most: number): Motion => ({ is: "counter", most });
const fixed = (value: number): Motion => ({ is: "fixed", value });

const one = (metric: string, motion: Motion, labels?: Readonly<Record<string, string>>): SimulatedSeries => ({
  definition: labels ? { metric, labels } : { metric },
  motion,
});
const CPU_MODES = ["user", "nice", "system", "irq", "steal", "iowait"];

const machine = (): SimulatedSeries[] => [
  one("cpu_busy_ratio", ratio),
  ...CPU_MODES.map((mode) => one("cpu_mode_ratio", ratio, { mode })),
  one("load1", load),
  one("load5", load),
  one("load15", load),
  one("memory_used_bytes", bytesUpTo(8 * GIB)),
  one("memory_cached_bytes", bytesUpTo(4 * GIB)),
  one("memory_available_bytes", bytesUpTo(8 * GIB)),
  one("memory_total_bytes", fixed(8 * GIB)),
  one("memory_used_ratio", ratio),
  one("swap_used_bytes", bytesUpTo(GIB)),
  one("swap_total_bytes", fixed(2 * GIB)),
  one("processes_count", { is: "gauge", from: 80, to: 400, step: 3, scale: 1 }),
  one("processes_running", { is: "gauge", from: 0, to: 16, step: 2, scale: 1 }),
  one("processes_created_total", grows(20)),
  one("cpu_context_switches_total", grows(20_000)),
  one("sockets_tcp_established", { is: "gauge", from: 5, to: 500, step: 8, scale: 1 }),
  one("uptime_seconds", grows(1)),
  one("open_files", { is: "gauge", from: 1_000, to: 9_000, step: 50, scale: 1 }),
  one("agent_resident_bytes", bytesUpTo(50 * 1024 ** 2)),
];
const disk = (index: number): SimulatedSeries[] => {
  const device = `sd${String.fromCharCode(97 + (index % 26))}${index >= 26 ? index : ""}`;
  const mount = index === 0 ? "/" : `/data${index}`;
  return [
    one("filesystem_used_ratio", ratio, { mount }),
    one("filesystem_used_bytes", bytesUpTo(100 * GIB), { mount }),
    one("filesystem_total_bytes", fixed(100 * GIB), { mount }),
    one("disk_read_bytes_total", grows(10 ** 7), { device }),
    one("disk_written_bytes_total", grows(10 ** 7), { device }),
    one("disk_busy_seconds_total", grows(1), { device }),
  ];
};
const network = (index: number): SimulatedSeries[] => {
  const labels = { interface: `eth${index}` };
  return [
    one("network_receive_bytes_total", grows(10 ** 7), labels),
    one("network_transmit_bytes_total", grows(10 ** 7), labels),
    one("network_receive_packets_total", grows(10 ** 4), labels),
    one("network_transmit_packets_total", grows(10 ** 4), labels),
  ];
};

/** The given number of series as a plausible machine has them: first the machine, then disks, interfaces and cores in turn. */
export function simulatedSeries(count: number): readonly SimulatedSeries[] {
  const all = machine();
  for (let index = 0; all.length < count; index++) {
    all.push(...disk(index), ...network(index), one("cpu_core_busy_ratio", ratio, { core: String(index) }));
  }
  return all.slice(0, count);
}

/** The readings of one simulated machine: plausible, drifting, the same again for the same seed. */
export class Readings {
  readonly #series: readonly SimulatedSeries[];
  readonly #values: Float64Array;
  #state: number;

  constructor(series: readonly SimulatedSeries[], seed: number) {
    this.#series = series;
    this.#state = (seed * 2_654_435_761 + 1) >>> 0 || 1;
    this.#values = Float64Array.from(series, ({ motion }) => {
      if (motion.is === "gauge") return motion.from + this.#random() * 0.5 * (motion.to - motion.from);
      return motion.is === "counter" ? Math.floor(this.#random() * 1_000 * motion.most) : motion.value;
    });
  }

  /** Moves on by this many seconds and gives the row as JSON text: `[at,value,…]`. Text, because thousands are made a second. */
  next(at: number, elapsedSeconds: number): string {
    let row = `[${at}`;
    for (let index = 0; index < this.#series.length; index++) {
      const { motion } = this.#series[index]!;
      let value = this.#values[index]!;
      if (motion.is === "gauge") {
        value += (this.#random() - 0.5) * 2 * motion.step;
        value = Math.min(motion.to, Math.max(motion.from, value));
        this.#values[index] = value;
        value = Math.round(value * motion.scale) / motion.scale;
      } else if (motion.is === "counter") {
        value +=
          motion.most === 1 ? Math.round(elapsedSeconds) : Math.floor(this.#random() * motion.most * elapsedSeconds);
        this.#values[index] = value;
      }
      row += `,${value}`;
    }
    return `${row}]`;
  }

  /** xorshift32: uniform in [0, 1), a few nanoseconds. */
  #random(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state / 4_294_967_296;
  }
}
