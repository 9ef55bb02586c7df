import type { HubEntry } from "../src/entries.ts";

/** The hub's entry with only what a test gives; the rest is never asked for. */
export function hubEntry(given: Partial<HubEntry>): HubEntry {
  const refuse = (): Promise<never> => Promise.reject(new Error("this test does not ask for it"));
  return {
    runHub: refuse,
    startHub: refuse,
    verifyAudit: refuse,
    checkMetricStore: refuse,
    exportMetricStore: refuse,
    importMetricStore: refuse,
    ...given,
  };
}
