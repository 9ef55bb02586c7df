import { MemoryMetricStore } from "../src/metrics/memory/memory-store.ts";
import type { SampleChunk, SampleRequest } from "../src/metrics/metric-store.ts";
import type { FakeClock } from "@muster/testkit";

/** A store whose samples are as many as a test says, and which tells how far they were read. */
export class ScriptedSamples extends MemoryMetricStore {
  chunkCount = 1;
  samplesPerChunk = 1;
  /** Runs before the chunk of this number is given; throws what the store is to fail with. */
  before: (chunk: number) => Promise<void> | void = () => undefined;
  takenCount = 0;
  /** How many readings began and ended, in whatever way. */
  begunCount = 0;
  endedCount = 0;

  constructor(clock: FakeClock) {
    super({ retentionMs: 30 * 86_400_000, futureSkewMs: 60_000, seriesPerServerMax: 1_000 }, { clock });
  }

  override async *samples(request: SampleRequest, signal: AbortSignal): AsyncIterable<SampleChunk> {
    this.begunCount++;
    try {
      for (let chunk = 0; chunk < this.chunkCount; chunk++) {
        await this.before(chunk);
        signal.throwIfAborted();
        this.takenCount++;
        const at = Float64Array.from({ length: this.samplesPerChunk }, (_, row) => request.range.from + row);
        const column = { metric: "load1", labels: {}, at, values: at.map((instant) => instant / 7) };
        yield { serverId: request.serverIds[0]!, columns: [column] };
      }
    } finally {
      this.endedCount++;
    }
  }
}
