import { temporaryDirectory } from "@muster/testkit";
import { createMetricStore } from "../src/metrics/catalog.ts";
import { describeMetricStore } from "../src/metrics/metric-store.contract.ts";

describeMetricStore("engine", async () => {
  const directory = await temporaryDirectory("engine");
  return {
    isDurable: true,
    open: (limits, deps) => createMetricStore({ kind: "engine", path: directory.file("metrics.db"), ...limits }, deps),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
});
