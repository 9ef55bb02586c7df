import { boundedText } from "../linux/text.ts";
import { type RunState, type ServiceStatus, bareStatus } from "../services/service.ts";
import type { Exposition } from "./prometheus-text.ts";

/** Series that units are made of; node_exporter tells them only where its systemd collector is on. */
export const NODE_UNIT_NAMES = ["node_systemd_unit_state", "node_systemd_unit_start_time_seconds"];
const UNITS_MAX = 1_000;
const UNIT = /^[A-Za-z0-9:_.\\@-]{1,240}\.(?:service|timer|socket|path|mount)$/;

const STATES: Readonly<Record<string, RunState>> = {
  active: "running",
  failed: "failed",
  activating: "starting",
  deactivating: "stopping",
};

/** Units that do something or have failed, sorted by name. The state `active` holds also of what has done its work. */
export function nodeUnits(found: Exposition): readonly ServiceStatus[] {
  const started = new Map(
    found.series("node_systemd_unit_start_time_seconds").map(({ labels, value }) => [labels["name"] ?? "", value]),
  );
  const units = new Map<string, ServiceStatus>();
  for (const { labels, value } of found.series("node_systemd_unit_state")) {
    const { name = "", state: word = "" } = labels;
    const state = STATES[word];
    if (value !== 1 || state === undefined || !UNIT.test(name)) continue;
    // Mounts are told as file systems; one that failed is told nowhere else.
    if (name.endsWith(".mount") && state !== "failed") continue;
    const since = started.get(name) ?? 0;
    units.set(name, {
      ...bareStatus({ driver: "systemd", name }),
      state,
      rawState: boundedText(word, 64),
      health: state === "running" ? "healthy" : state === "failed" ? "unhealthy" : "unknown",
      healthDetail: state === "failed" ? "it failed" : "",
      since: since > 0 && Number.isFinite(since) ? Math.round(since * 1_000) : null,
    });
  }
  return [...units.values()].sort((one, other) => (one.name < other.name ? -1 : 1)).slice(0, UNITS_MAX);
}
