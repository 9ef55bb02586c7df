import { NodeExporterReader, SteadyInstant } from "@muster/core";
import type { PullAdapterKind } from "../pull-adapter.ts";
import { LIST_BYTES_MAX, PullClient, headerOf, understood } from "../pull-client.ts";

/** A start that is reckoned from two clocks wavers by what the network takes. */
const SAME_START_MS = 10_000;

/** Prometheus' node_exporter: one `GET /metrics`, text format 0.0.4, some 60 KB on a small machine. */
export const nodeExporterKind: PullAdapterKind = {
  name: "node-exporter",
  create(config, deps) {
    const { clock } = deps;
    const client = new PullClient(config, deps);
    const reader = new NodeExporterReader(config.allow);
    const start = new SteadyInstant();
    const { secret = "" } = config;
    const headers = {
      // Without it a newer one may answer in the format of OpenMetrics.
      accept: "text/plain; version=0.0.4",
      ...(secret === "" ? {} : headerOf("authorization", `Bearer ${secret}`)),
    };
    return {
      async read(signal) {
        const askedMs = clock.monotonic();
        const body = await client.read("metrics", { headers, bodyBytesMax: LIST_BYTES_MAX }, signal);
        const times = { now: clock.now(), askedMs, gotMs: clock.monotonic() };
        const reading = understood(client.box, () => reader.read(body, times));
        const { facts } = reading;
        if (typeof facts?.startedAt !== "number") return reading;
        return { ...reading, facts: { ...facts, startedAt: start.take(facts.startedAt, SAME_START_MS) } };
      },
    };
  },
};
