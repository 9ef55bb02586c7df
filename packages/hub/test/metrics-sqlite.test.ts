import { temporaryDirectory } from "@muster/testkit";
import { createMetricStore } from "../src/metrics/catalog.ts";
import { describeMetricStore } from "../src/metrics/metric-store.contract.ts";

describeMetricStore("SQLite", async () => {
  const directory = await temporaryDirectory("metrics");
  return {
    isDurable: true,
    open: (limits, deps) => createMetricStore({ kind: "sqlite", path: directory.file("metrics.db"), ...limits }, deps),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
});
