import { parseContainerEvent, wait } from "@muster/core";
import type { Clock } from "@muster/core";
import type { Engine } from "../../engine/engine.ts";

const RETRY_MS = [1_000, 2_000, 5_000, 15_000, 60_000] as const;
/** No event is longer; what is, is not one. */
const LINE_CHARACTERS_MAX = 64 * 1024;

/** What whoever follows events is told: that they flow, of which container one was, that they ceased. */
export interface ContainerWatcher {
  flowing(): void;
  changed(name: string | undefined): void;
  ceased(): void;
}

/**
 * Follows the engine's events until aborted, and takes up again after each end, less and less often: an engine may also
 * be started later than the agent. Never throws.
 */
export async function watchContainers(
  reach: (signal: AbortSignal) => Promise<Engine>,
  clock: Clock,
  watcher: ContainerWatcher,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const { status, body } = await (await reach(signal)).events(signal);
      if (status !== 200) throw new Error(`the engine answers ${status}`);
      watcher.flowing();
      // Whatever happened before is in no event.
      watcher.changed(undefined);
      failures = 0;
      for await (const line of linesOf(body)) watcher.changed(parseContainerEvent(line));
    } catch {
      // It is asked again; whoever reads meanwhile learns by that why it is away.
    }
    watcher.ceased();
    await wait(clock, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 60_000, signal);
  }
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = (lines.pop() ?? "").slice(0, LINE_CHARACTERS_MAX);
    for (const line of lines) if (line.trim() !== "") yield line;
  }
}
