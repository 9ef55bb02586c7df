import { PLAIN, probeKindEntry } from "../probe-kind-entry.ts";

export const passiveProbe = probeKindEntry({
  ...PLAIN,
  title: "Passive",
  meaning: "Waits to be called by a cron job or a backup, and tells when the call is late or says that it failed.",
  group: "own",
  reach: "hub-only",
  fields: {
    everySeconds: { is: "number", unit: "seconds", least: 30, most: 31_536_000, default: 86_400 },
    graceSeconds: { is: "number", unit: "seconds", least: 0, most: 2_592_000, default: 3_600 },
    longestSeconds: { is: "number", unit: "seconds", least: 0, most: 2_592_000, default: 0, further: true },
  },
  target: ({ everySeconds }) => `every ${everySeconds} s`,
  charts: [{ key: "job", metrics: ["probe_job_seconds"] }],
});
