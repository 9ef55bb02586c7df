/** The beginning of a day, and of what the fleet tells. */
export const FLEET_START = 1_790_035_200_000;

/** What one host tells, modelled on the collectors of `@muster/host`: shares, pages of memory, totals, and what stands still. */
export const HOST_METRICS: readonly string[] = [
  ...["cpu_busy_ratio", "cpu_user_ratio", "cpu_system_ratio", "cpu_iowait_ratio", "cpu_idle_ratio"],
  ...["load1", "load5", "load15", "memory_used_bytes", "memory_used_ratio", "memory_cached_bytes"],
  ...["swap_used_bytes", "memory_total_bytes", "disk_read_bytes_total", "disk_written_bytes_total"],
  ...["disk_reads_total", "disk_writes_total", "disk_busy_seconds_total", "network_received_bytes_total"],
  ...["network_sent_bytes_total", "network_received_packets_total", "network_sent_packets_total"],
  ...["network_receive_errors_total", "network_send_errors_total", "filesystem_used_bytes", "filesystem_used_ratio"],
  ...["filesystem_total_bytes", "filesystem_files", "processes", "threads", "processes_running"],
  ...["context_switches_total", "interrupts_total", "uptime_seconds", "tcp_established", "temperature_celsius"],
  ...["boot_time_seconds", "open_files", "users", "entropy_bits"],
];

const PAGE_BYTES = 4_096;
const CORES = 4;

/** One host; each call of `next` is its reading after one more step. The same number gives the same history. */
export class HostSamples {
  #seed: number;
  #row = 0;
  readonly #totals = new Float64Array(HOST_METRICS.length);
  readonly #memoryPages: number;
  readonly #diskPages: number;
  #usedPages: number;
  #cachedPages: number;
  #diskUsedPages: number;
  #load = [0.5, 0.5, 0.5];
  #busy = 0.2;

  constructor(host: number) {
    this.#seed = (host * 2_654_435_761 + 1) >>> 0;
    this.#memoryPages = 2 ** (20 + (host % 4)) - 34_567;
    this.#diskPages = 13_107_200 * (1 + (host % 5)) - 77_777;
    this.#usedPages = Math.floor(this.#memoryPages * (0.3 + 0.5 * this.#random()));
    this.#cachedPages = Math.floor(this.#memoryPages * 0.2);
    this.#diskUsedPages = Math.floor(this.#diskPages * (0.2 + 0.6 * this.#random()));
    for (let index = 0; index < this.#totals.length; index++) this.#totals[index] = Math.floor(this.#random() * 1e10);
  }

  next(stepMs: number): Float64Array {
    const seconds = stepMs / 1_000;
    const hours = (this.#row++ * seconds) / 3_600;
    // Day and night, slow drift, and now and then a burst.
    const burst = this.#random() < 0.01 ? this.#random() : 0;
    this.#busy += 0.1 * (0.15 + 0.1 * Math.sin((hours * Math.PI) / 12) - this.#busy) + 0.02 * this.#noise();
    const busy = Math.min(1, Math.max(0.003, this.#busy + burst));
    const ticks = Math.round(CORES * 100 * seconds) + Math.round(this.#noise());
    const userTicks = Math.floor(ticks * busy * 0.7);
    const systemTicks = Math.floor(ticks * busy * 0.25);
    const waitTicks = Math.floor(ticks * busy * 0.05 * this.#random());
    const busyTicks = userTicks + systemTicks;
    this.#load = this.#load.map(
      (load, index) => load + (busy * CORES - load) * (1 - Math.exp(-seconds / [60, 300, 900][index]!)),
    );
    this.#usedPages += Math.round(this.#noise() * 40);
    this.#cachedPages += Math.round(Math.max(0, this.#noise() * 100));
    if (this.#random() < 0.3) this.#diskUsedPages += Math.round(this.#noise() * 20);
    const io = busy * seconds;
    const quiet = this.#random() < 0.4;
    return Float64Array.of(
      busyTicks / ticks,
      userTicks / ticks,
      systemTicks / ticks,
      waitTicks / ticks,
      (ticks - busyTicks - waitTicks) / ticks,
      ...this.#load.map((load) => Math.round(load * 100) / 100),
      this.#usedPages * PAGE_BYTES,
      this.#usedPages / this.#memoryPages,
      this.#cachedPages * PAGE_BYTES,
      0,
      this.#memoryPages * PAGE_BYTES,
      this.#grow(13, quiet ? 0 : io * 50) * PAGE_BYTES,
      this.#grow(14, io * 80) * PAGE_BYTES,
      this.#grow(15, quiet ? 0 : io * 10),
      this.#grow(16, io * 30),
      this.#grow(17, io * 100) / 1_000,
      this.#grow(18, io * 200_000),
      this.#grow(19, io * 150_000),
      this.#grow(20, io * 300),
      this.#grow(21, io * 250),
      0,
      0,
      this.#diskUsedPages * PAGE_BYTES,
      this.#diskUsedPages / this.#diskPages,
      this.#diskPages * PAGE_BYTES,
      400_000 + Math.floor(this.#diskUsedPages / 5_000),
      180 + Math.round(this.#noise()),
      420 + Math.round(this.#noise() * 2),
      Math.round(1 + busy * CORES * this.#random()),
      this.#grow(31, io * 20_000),
      this.#grow(32, io * 12_000),
      100_000 + this.#row * seconds,
      25 + Math.round(this.#noise() * 3),
      Math.round((45 + busy * 20) * 2) / 2,
      1_790_000_000,
      2_000 + Math.round(this.#noise() * 10) * 32,
      2,
      256,
    );
  }

  /** A total that grows by about so much. */
  #grow(index: number, about: number): number {
    const grown = (this.#totals[index] ?? 0) + Math.max(0, Math.round(about * (1 + 0.3 * this.#noise())));
    this.#totals[index] = grown;
    return grown;
  }

  /** About the normal distribution, of three throws. */
  #noise(): number {
    return (this.#random() + this.#random() + this.#random() - 1.5) * 2;
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed / 2 ** 32;
  }
}
