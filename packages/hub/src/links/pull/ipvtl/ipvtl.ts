import { HEALTH_RATIOS, SampleList } from "@muster/core";
import type { PullReading, PullSample, ServiceStatus } from "@muster/core";
import type { PullAdapter, PullAdapterKind } from "../pull-adapter.ts";
import { ChannelDriver } from "../channel-driver.ts";
import { actOnChannel } from "./act-on-channel.ts";
import { channelNumber } from "./channel-status.ts";
import { IpvtlBox } from "./ipvtl-box.ts";
import type { BoxLook } from "./ipvtl-box.ts";

/** A transcoder: one look is one `GET /status`. It has no words for errors; a status code is all that it says. */
export const ipvtlKind: PullAdapterKind = {
  name: "ipvtl",
  create(config, deps): PullAdapter {
    const box = new IpvtlBox(config, deps);
    const { clock } = deps;
    const channels = async (signal: AbortSignal): Promise<readonly ServiceStatus[]> =>
      (await box.look(signal)).channels.map((channel) => box.serviceOf(channel));
    const driver = new ChannelDriver(
      {
        name: box.name,
        isChannelName: (name) => channelNumber(name) !== undefined,
        channels,
        channel: async (name, signal) => (await channels(signal)).find((channel) => channel.name === name),
        act: (verb, name, signal) => actOnChannel(verb, Number(name), { box, clock, signal }),
      },
      deps,
    );
    return {
      read: async (signal) => readingOf(box, await box.look(signal)),
      driver,
      settingsSaved: () => box.settingsSaved(),
    };
  },
};

function readingOf(box: IpvtlBox, look: BoxLook): PullReading {
  const services = look.channels.map((channel) => box.serviceOf(channel));
  return {
    samples: samplesOf(look),
    services: services.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    answeredBy: "IPVTL",
    listFingerprint: look.status.listFingerprint,
    warnings: look.listProblem === undefined ? [] : [look.listProblem],
  };
}

function samplesOf({ status, channels }: BoxLook): readonly PullSample[] {
  const list = new SampleList();
  list.put("cpu_busy_ratio", status.busyRatio ?? undefined);
  for (const [core, ratio] of status.coreRatios.entries())
    list.put("cpu_core_busy_ratio", ratio ?? undefined, { core: String(core) });
  for (const { channel, health } of channels) {
    if (channel.state !== "running") continue;
    const labels = { driver: "channel", service: String(channel.number) };
    list.put("service_uptime_seconds", channel.uptimeSeconds ?? undefined, labels);
    list.put("channel_frames_per_second", channel.framesPerSecond ?? undefined, labels);
    list.put(
      "channel_bytes_per_second",
      channel.bitsPerSecond === null ? undefined : channel.bitsPerSecond / 8,
      labels,
    );
    if (health !== "unknown") list.put("service_health_ratio", HEALTH_RATIOS[health], labels);
  }
  return list.samples;
}
