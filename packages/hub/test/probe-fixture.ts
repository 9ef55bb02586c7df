import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { duplexPair } from "node:stream";
import { PROBE_KINDS } from "@muster/core";
import type { Clock, ProbeKindName, ProbeResult, ProbeSettings } from "@muster/core";
import { Egress, systemClock } from "@muster/node-kit";
import { createProbe } from "../src/probes/catalog.ts";
import type { Probe, ProbeDeps } from "../src/probes/probe-kind.ts";
import { wayOf } from "../src/probes/ways.ts";
import { filledSettings } from "./filled-settings.ts";

/** Where no program is run. */
export const noProgram = (): never => {
  throw new Error("there is no server to go by");
};

/** A way from this machine, by real egress rules. */
export const wayHere = (clock: Clock = systemClock): ProbeDeps["way"] =>
  wayOf(
    {
      egress: new Egress({ clock, attemptsPerMinuteMax: 10_000 }),
      over: () => Promise.reject(new Error("there is no server to go by")),
      program: noProgram,
      ping: noProgram,
    },
    null,
    undefined,
  );

/** A way by another machine: its streams are no sockets of this one. */
export const wayThere = (): ProbeDeps["way"] =>
  wayOf(
    {
      egress: new Egress({ clock: systemClock, attemptsPerMinuteMax: 10_000 }),
      ...{ program: noProgram, ping: noProgram },
      over: () =>
        Promise.resolve((host, port) => {
          const [ours, theirs] = duplexPair();
          const socket = connect(port, host);
          socket.on("error", () => void theirs.destroy()).on("close", () => void theirs.destroy());
          theirs.on("error", () => undefined).on("close", () => void socket.destroy());
          ours.on("close", () => void theirs.destroy());
          theirs.pipe(socket).pipe(theirs);
          return Promise.resolve(ours);
        }),
    },
    "a-server",
    undefined,
  );

/** Settings with their kind's defaults. */
export const settingsWith = (kind: ProbeKindName, settings: ProbeSettings): ProbeSettings =>
  filledSettings(PROBE_KINDS[kind].fields, settings);

/** A probe with its kind's defaults besides what is given. */
export function probeOf(
  kind: ProbeKindName,
  settings: ProbeSettings,
  {
    secret,
    clock = systemClock,
    way = wayHere(clock),
  }: { readonly secret?: string; readonly clock?: Clock; readonly way?: ProbeDeps["way"] } = {},
): Probe {
  return createProbe(kind, settingsWith(kind, settings), {
    clock,
    secret,
    way,
    heard: () => ({ ended: null, started: null, since: 0 }),
  });
}

/** What one look of a new probe says. */
export const look = (
  kind: ProbeKindName,
  settings: ProbeSettings,
  {
    timeoutMs = 5_000,
    ...parts
  }: { readonly secret?: string; readonly timeoutMs?: number; readonly way?: ProbeDeps["way"] } = {},
): Promise<ProbeResult> => probeOf(kind, settings, parts).run(AbortSignal.timeout(timeoutMs));

/** A fact of a report. */
export const factOf = ({ report }: ProbeResult, key: string): unknown =>
  report.facts.find((fact) => fact.key === key)?.value;

/** A server of TCP that does with each connection what it is told; ended with all its connections. */
export async function listen(
  onConnection: (socket: Socket) => void,
): Promise<
  { readonly port: number; readonly connections: () => number; readonly openNow: () => number } & AsyncDisposable
> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    count++;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    openNow: () => sockets.size,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Says the same for ever, as fast as it is taken. */
export function sayEndlessly(socket: Socket, text: string): void {
  const piece = text.repeat(Math.ceil(65_536 / text.length));
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on("drain", more);
  more();
}
