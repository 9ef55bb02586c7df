import { once } from "node:events";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Clock, Health, HealthCheck, LedgerNote, Policy, ServiceKey } from "@muster/core";
import { MONITOR_ONLY, silentLogger } from "@muster/core";
import { Egress, systemClock } from "@muster/node-kit";
import { CheckRunner } from "../src/checks/check-runner.ts";
import type { CheckedService } from "../src/checks/check-runner.ts";
import type { TargetDeps } from "../src/checks/check-targets.ts";
import { LocalHost } from "../src/local-host.ts";

export const KEY: ServiceKey = { driver: "process", name: "shop" };

export const checkOf = (change: Partial<HealthCheck>): HealthCheck => ({
  name: "front",
  target: { by: "driver" },
  intervalMs: 40,
  timeoutMs: 2_000,
  rise: 1,
  fall: 2,
  startPeriodMs: 0,
  severity: "unhealthy",
  ...change,
});

export const serviceOf = (change: Partial<CheckedService>): CheckedService => ({
  key: KEY,
  run: "1",
  checks: [],
  definedBy: "file",
  ...change,
});

export interface Told {
  readonly key: ServiceKey;
  readonly health: Health;
  readonly detail: string;
}

export interface World extends AsyncDisposable {
  readonly runner: CheckRunner;
  readonly told: readonly Told[];
  readonly notes: readonly LedgerNote[];
  readonly unhealthy: readonly string[];
  /** What the driver says next. */
  driver: { readonly health: Health; readonly detail: string } | undefined;
  probe: Policy["probe"];
  /** Writes a line into the log of whoever follows. */
  readonly log: (line: string) => void;
  readonly followers: () => number;
}

/** A runner over this machine and its real sockets. */
export function world(change: { readonly clock?: Clock; readonly host?: TargetDeps["host"] } = {}): World {
  const { clock = systemClock } = change;
  const local = new LocalHost(clock);
  const told: Told[] = [];
  const notes: LedgerNote[] = [];
  const unhealthy: string[] = [];
  const lines = new Set<(text: string) => void>();
  const made: World = {
    driver: undefined,
    probe: MONITOR_ONLY.probe,
    told,
    notes,
    unhealthy,
    log: (line) => lines.forEach((take) => take(line)),
    followers: () => lines.size,
    runner: new CheckRunner({
      clock,
      log: silentLogger,
      host: change.host ?? local,
      egress: new Egress({ clock, attemptsPerMinuteMax: 10_000 }),
      probe: () => Promise.resolve(made.probe),
      onHealth: (key, health, detail) => void told.push({ key, health, detail }),
      note: (note) => void notes.push(note),
      becameUnhealthy: ({ name }) => void unhealthy.push(name),
      driverHealth: () => made.driver,
      followLog: (_key, line, signal) => {
        lines.add(line);
        signal.addEventListener("abort", () => lines.delete(line), { once: true });
      },
    }),
    async [Symbol.asyncDispose]() {
      await made.runner.stop();
      local.close();
    },
  };
  return made;
}

export interface Listening extends AsyncDisposable {
  readonly port: number;
}

export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

export const serving = (answer: RequestListener): Promise<Listening> => listening(createServer(answer));
