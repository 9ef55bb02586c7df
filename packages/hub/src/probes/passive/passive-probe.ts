import { ProbeVerdict, SECOND_MS } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

/** Looks at when it was called last: late, failed, or started and never ended. */
export function createPassiveProbe(settings: ProbeSettingsOf<"passive">, { clock, heard }: ProbeDeps): Probe {
  const { everySeconds, graceSeconds, longestSeconds } = settings;
  const lateMs = (everySeconds + graceSeconds) * SECOND_MS;
  return {
    run() {
      const verdict = new ProbeVerdict();
      const { ended, started, since } = heard();
      const now = clock.now();
      const isRunning = started !== null && (ended === null || started.at > ended.at);
      const tookMs = !isRunning && started !== null && ended !== null ? ended.at - started.at : null;
      verdict.fact("lastCall", ended?.at ?? null, "instant");
      verdict.fact("lastStart", started?.at ?? null, "instant");
      verdict.fact("exitCode", ended?.exitCode ?? null);
      if (tookMs !== null) verdict.fact("jobTook", tookMs / 1_000, "seconds");
      if (ended?.is === "fail")
        verdict.unhealthy(
          ended.exitCode === null ? "the job said that it failed" : `the job ended with exit code ${ended.exitCode}`,
        );
      // Never called: the time runs from when it was set up.
      const lastAt = ended?.at ?? since;
      if (isRunning && longestSeconds > 0 && now - started.at > longestSeconds * SECOND_MS)
        verdict.unhealthy(`it started ${spoken(now - started.at)} ago and has not ended`);
      else if (now - lastAt > lateMs)
        verdict.unhealthy(ended === null ? "it has never called" : `it has not called for ${spoken(now - lastAt)}`);
      if (tookMs !== null && longestSeconds > 0 && tookMs > longestSeconds * SECOND_MS)
        verdict.degraded(`it took ${spoken(tookMs)}`);
      if (tookMs !== null) verdict.sample("probe_job_seconds", tookMs / 1_000);
      const seen = ended === null ? "it waits for its first call" : isRunning ? "it runs now" : "it called in time";
      if (ended === null && verdict.health === "healthy") verdict.unknown(seen);
      return Promise.resolve(verdict.result(null, seen));
    },
  };
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

function spoken(ms: number): string {
  const seconds = Math.round(ms / SECOND_MS);
  const [unit, length] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ["second", 1];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
