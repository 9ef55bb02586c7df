import { FLEET_START, HOST_METRICS, HostSamples } from "../fleet-samples.ts";
import { RECORDED_METRICS, RecordedHost } from "./recorded-host.ts";

/** Whose shapes the hosts have. half: every other host is a recorded one. */
export type Shape = "recorded" | "generated" | "half";

/** What is put into a store: every host has 40 series. */
export interface DataSet {
  readonly name: string;
  readonly shape: Shape;
  readonly hosts: number;
  readonly rows: number;
  readonly stepMs: number;
  /** 1 is what agents send, 60 what comes after an outage. */
  readonly rowsPerBatch: number;
}

export interface Reading {
  readonly at: number;
  readonly values: Float64Array;
}

/** Gauges and totals that hosts of both shapes have. */
export const GAUGES = ["cpu_busy_ratio", "memory_used_bytes", "load1", "memory_used_ratio", "memory_cached_bytes"];
export const TOTALS = ["disk_written_bytes_total", "disk_read_bytes_total", "disk_writes_total", "disk_reads_total"];

export const SERIES_PER_HOST = HOST_METRICS.length;

/** A year before the generator's day, because VictoriaMetrics refuses samples of the future. */
export const SET_START = FLEET_START - 365 * 86_400_000;

const isRecorded = ({ shape }: DataSet, host: number): boolean =>
  shape === "recorded" || (shape === "half" && host % 2 === 1);

export const metricsOf = (set: DataSet, host: number): readonly string[] =>
  isRecorded(set, host) ? RECORDED_METRICS : HOST_METRICS;

export const endOf = ({ rows, stepMs }: DataSet): number => SET_START + rows * stepMs;

/** A host's readings one after the other. Recorded hosts have a phase within the step and come late now and then. */
export function hostReadings(set: DataSet, host: number): () => Reading {
  let row = 0;
  if (!isRecorded(set, host)) {
    const samples = new HostSamples(host);
    return () => ({ at: SET_START + row++ * set.stepMs, values: samples.next(set.stepMs) });
  }
  const replay = new RecordedHost(host);
  const phaseMs = (host * 7_919) % (set.stepMs - 1_000);
  return () => {
    const { lateMs, values } = replay.next();
    return { at: SET_START + row++ * set.stepMs + phaseMs + Math.min(lateMs, 999), values };
  };
}
