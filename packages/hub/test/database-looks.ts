import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { parseSettings, probeEntry } from "@muster/core";
import type { ProbeKindName, ProbeResult, ProbeSettings } from "@muster/core";
import { Egress } from "@muster/node-kit";
import { FakeClock } from "@muster/testkit";
import { createProbe } from "../src/probes/catalog.ts";
import { DatabaseStream } from "../src/probes/database-stream.ts";
import type { Probe, ProbeWay } from "../src/probes/probe-kind.ts";
import { wayOf } from "../src/probes/ways.ts";

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
  const egress = new Egress({ clock });
  const direct = wayOf({ egress, over: () => Promise.reject(new Error("there is no server")) }, null, undefined);
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

/** Something at a port that treats whoever connects as it likes. */
export async function standIn(treat: (socket: Socket) => void): Promise<{ readonly port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    treat(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const factOf = (result: ProbeResult, key: string) => result.report.facts.find((fact) => fact.key === key)?.value;
export const tableOf = (result: ProbeResult, key: string) => result.report.tables.find((table) => table.key === key);
export const sampleOf = (result: ProbeResult, metric: string, labels?: Readonly<Record<string, string>>) =>
  result.samples.find(
    (sample) =>
      sample.metric === metric &&
      Object.entries(labels ?? {}).every(([name, value]) => sample.labels?.[name] === value),
  )?.value;
