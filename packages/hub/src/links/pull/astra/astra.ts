import { isAstraStreamId, SteadyInstant } from "@muster/core";
import type { PullReading } from "@muster/core";
import { ChannelDriver } from "../channel-driver.ts";
import type { PullAdapter, PullAdapterKind } from "../pull-adapter.ts";
import { actOnStream } from "./act-on-stream.ts";
import { AstraBox } from "./astra-box.ts";

/** A start that is reckoned from whole seconds wavers by one or two. */
const SAME_START_MS = 10_000;

/**
 * Cesbo Astra of 2021-04-12 or later: `GET /api/system-status` and `/api/stream-status/ID`, its configuration by
 * `POST /control/`. The password is `user:password` of an administrator. A wrong one is answered with 401; what an act is
 * answered with is always 200, so that only looking tells.
 */
export const astraKind: PullAdapterKind = {
  name: "astra",
  create(config, deps): PullAdapter {
    const box = new AstraBox(config, deps);
    const start = new SteadyInstant();
    const { clock } = deps;

    async function read(signal: AbortSignal): Promise<PullReading> {
      const { facts, ...reading } = await box.look(signal);
      const startedAt = facts?.startedAt;
      if (typeof startedAt !== "number") return reading;
      return { ...reading, facts: { ...facts, startedAt: start.take(startedAt, SAME_START_MS) } };
    }

    const driver = new ChannelDriver(
      {
        name: box.name,
        isChannelName: isAstraStreamId,
        channels: async (signal) => (await box.look(signal)).services ?? [],
        channel: async (name, signal) => (await box.lookAt(name, signal))?.service,
        act: (verb, name, signal) => actOnStream(verb, name, { box, clock, signal }),
      },
      deps,
    );
    return { read, driver };
  },
};
