import { describeMetricStore } from "../metric-store.contract.ts";
import { MemoryMetricStore } from "./memory-store.ts";

describeMetricStore("memory", async () => ({
  isDurable: false,
  open: async (limits, deps) => new MemoryMetricStore(limits, deps),
  [Symbol.asyncDispose]: async () => undefined,
}));
