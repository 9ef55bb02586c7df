import { bareStatus, CHANNEL_VERBS } from "@muster/core";
import type { ChannelState, RunState, ServiceStatus, WatchedChannel } from "@muster/core";

const RUN_STATES: Readonly<Record<ChannelState, RunState>> = {
  idle: "stopped",
  running: "running",
  stopping: "stopping",
  unknown: "unknown",
};

/** The number that a service's name stands for; undefined when it can be none. */
export const channelNumber = (name: string): number | undefined =>
  /^[1-9]\d{0,3}$/.test(name) ? Number(name) : undefined;

/** A channel in the words that all services share. Its name is its number; what people call it is its description. */
export function channelStatus(watched: WatchedChannel, givenName: string | undefined): ServiceStatus {
  const { channel, run, since, health, healthDetail } = watched;
  return {
    ...bareStatus({ driver: "channel", name: String(channel.number) }),
    description: givenName ?? channel.name ?? `Channel ${channel.number}`,
    state: RUN_STATES[channel.state],
    rawState: channel.rawState,
    ...{ since, run, health, healthDetail },
    verbs: CHANNEL_VERBS,
  };
}
