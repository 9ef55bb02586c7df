import { parseSettings, probeEntry } from "@muster/core";
import type { ProbeKindName, ProbeResult, ProbeSettings } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { createProbe } from "../src/probes/catalog.ts";
import { DatabaseStream } from "../src/probes/database-stream.ts";
import type { Probe, ProbeWay } from "../src/probes/probe-kind.ts";
import { wayHere } from "./probe-fixture.ts";

export const PASSWORD = "a password, with 'quotes'";

/**
 * A probe of a database on 127.0.0.1 as the hub has it, over a real way, with a clock that the test turns. `channel`: by
 * streams that are no sockets, as those through a server are.
 */
export function databaseProbe(
  kind: ProbeKindName,
  given: Readonly<Record<string, unknown>>,
  secret: string | undefined = PASSWORD,
  by: "socket" | "channel" = "socket",
): { readonly probe: Probe; readonly clock: FakeClock; run(timeoutMs?: number): Promise<ProbeResult> } {
  const clock = new FakeClock();
  const parsed = parseSettings(probeEntry(kind).fields, { host: "127.0.0.1", ...given });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const direct = wayHere(clock);
  const way: ProbeWay =
    by === "socket"
      ? direct
      : {
          ...direct,
          async connect(host, port, signal) {
            const reached = await direct.connect(host, port, signal);
            return reached.ok ? { ...reached, socket: new DatabaseStream(reached.socket) } : reached;
          },
        };
  const heard = () => ({ ended: null, started: null, since: 0 });
  const probe = createProbe(kind, parsed.settings as ProbeSettings, { clock, way, secret, heard });
  return { probe, clock, run: (timeoutMs = 20_000) => probe.run(AbortSignal.timeout(timeoutMs)) };
}

export const tableOf = (result: ProbeResult, key: string) => result.report.tables.find((table) => table.key === key);
export const sampleOf = (result: ProbeResult, metric: string, labels?: Readonly<Record<string, string>>) =>
  result.samples.find(
    (sample) =>
      sample.metric === metric &&
      Object.entries(labels ?? {}).every(([name, value]) => sample.labels?.[name] === value),
  )?.value;
