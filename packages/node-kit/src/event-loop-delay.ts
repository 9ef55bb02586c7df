import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late the event loop ran. Reading starts the next stretch. */
export function watchEventLoopDelay(): { takeP99Seconds(): number; close(): void } {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  return {
    takeP99Seconds() {
      const seconds = delay.percentile(99) / 1e9;
      delay.reset();
      return seconds;
    },
    close: () => void delay.disable(),
  };
}
