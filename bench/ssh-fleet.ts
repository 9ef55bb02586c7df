// What a whole hub spends on many servers without an agent: each has a connection, a reader and a session of its own on a
// real OpenSSH server on loopback, and is read every ten seconds by all collectors, stored and shown like any other.
import { setTimeout as delay } from "node:timers/promises";
import { loadavg } from "node:os";
import { startSshd, temporaryDirectory, waitFor } from "@muster/testkit";
import { ask, musterProgramNote, PASSWORD, signIn, startBenchHub } from "./support/bench-hub.ts";
import type { BenchSession } from "./support/bench-hub.ts";
import { costPerMinute, processCost } from "./support/process-cost.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const COUNTS = [50, 200, 500];
const INTERVAL_MS = 10_000;
const SETTLE_MS = 30_000;
const MEASURED_MS = 60_000;
/** One user may change 120 things a minute. */
const USERS = 12;
/** Of this many servers the stored samples are counted. */
const COUNTED = 25;

interface ListedServer {
  readonly id: string;
  readonly name: string;
  readonly presence: { readonly is: string };
  readonly linkState?: { readonly is: string };
}

/** `node bench/run.ts ssh-fleet [count…]`. */
export async function main(args: readonly string[]): Promise<void> {
  const counts = args.length === 0 ? COUNTS : args.map(Number);
  await using directory = await temporaryDirectory("bench-ssh-fleet");
  await using sshd = await startSshd({ config: ["MaxStartups 1000"] });
  const { program, address } = await startBenchHub(directory.path);
  await using _program = program;
  const sessions = await manySessions(address);
  const [first] = sessions as [BenchSession];
  const { id: keyId } = await ask<{ id: string }>(address, first, "POST", "ssh-keys", {
    ...{ name: "fleet", privateKey: sshd.privateKey },
  });
  const fingerprint = await sshd.fingerprint("ed25519");
  const list = async () => (await ask<{ items: ListedServer[] }>(address, first, "GET", "servers")).items;
  const link = { ...{ kind: "ssh", authentication: "key", host: "127.0.0.1" }, port: sshd.port, user: "root", keyId };
  const base = processCost(program.pid);

  const rows: (string | number)[][] = [];
  for (const count of counts) {
    const there = (await list()).length;
    await eachOf(sessions, count - there, (session, index) =>
      ask(address, session, "POST", "servers", {
        ...{ name: `server-${there + index}`, link, intervalMs: INTERVAL_MS },
      }),
    );
    await allAre("show a host key", list, ({ linkState }) => linkState?.is === "host-key" || linkState?.is === "ok");
    const unknown = (await list()).filter(({ linkState }) => linkState?.is === "host-key");
    await eachOf(sessions, unknown.length, (session, index) =>
      ask(address, session, "POST", `servers/${unknown[index]!.id}/link/host-key`, { fingerprint }),
    );
    await allAre("are online", list, ({ presence }) => presence.is === "online");
    await delay(SETTLE_MS);
    const from = Date.now();
    const before = processCost(program.pid);
    await delay(MEASURED_MS);
    const cost = costPerMinute(before, processCost(program.pid));
    const to = Date.now();
    const stored = await storedSamples(address, first, (await list()).slice(-COUNTED), from, to);
    const due = MEASURED_MS / INTERVAL_MS;
    rows.push([
      `${count} servers`,
      rounded(cost.cpuMsPerMinute / 1_000, 2),
      `${rounded(cost.cpuRatio * 100, 1)} %`,
      rounded(cost.cpuMsPerMinute / (count * due), 2),
      megabytes(cost.residentBytes),
      `${Math.min(...stored)}–${Math.max(...stored)} of ${due}`,
      rounded(loadavg()[0] ?? 0, 1),
    ]);
  }
  report({
    name: "ssh-fleet",
    title: `SSH without an agent: a whole hub that reads many servers every ${INTERVAL_MS / 1_000} s`,
    columns: ["", "CPU s/min", "of a core", "CPU ms a reading", "RSS MB", "samples stored", "load"],
    rows,
    notes: [
      "goal: 500 servers at 10 s within 50 % of one core, 3 ms of the hub a reading",
      `the hub before the first server: ${megabytes(base.residentBytes)} MB`,
      "a reading here is all that a server costs the hub in ten seconds: its collectors with the rarer ones, its services and processes, store, live view, SSH's encryption and keep-alive",
      `samples: of cpu_busy_ratio, stored in the measured minute, least and most of ${COUNTED} servers`,
      "all servers are this one machine, whose services each of them has; the other end's work is not counted",
      musterProgramNote,
    ],
  });
}

async function manySessions(address: string): Promise<readonly BenchSession[]> {
  const first = await signIn(address);
  const sessions = [first];
  for (let number = 2; number <= USERS; number++) {
    const name = `bench-${number}`;
    await ask(address, first, "POST", "users", { name, password: PASSWORD, role: "admin" });
    sessions.push(await signIn(address, name, `10.0.0.${number}`));
  }
  return sessions;
}

/** So many calls, each user's one after the other. */
async function eachOf(
  sessions: readonly BenchSession[],
  count: number,
  work: (session: BenchSession, index: number) => Promise<unknown>,
): Promise<void> {
  await Promise.all(
    sessions.map(async (session, own) => {
      for (let index = own; index < count; index += sessions.length) await work(session, index);
    }),
  );
}

async function allAre(
  what: string,
  list: () => Promise<readonly ListedServer[]>,
  is: (server: ListedServer) => boolean,
): Promise<void> {
  await waitFor(async () => (await list()).every(is), {
    timeoutMs: 180_000,
    intervalMs: 1_000,
    describe: async () => {
      const others = (await list()).filter((server) => !is(server));
      return `all ${what}; not ${others.length}, such as ${JSON.stringify(others[0])}`;
    },
  });
}

async function storedSamples(
  address: string,
  session: BenchSession,
  servers: readonly ListedServer[],
  from: number,
  to: number,
): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const { id } of servers) {
    const query = new URLSearchParams({
      ...{ server: id, metric: "cpu_busy_ratio", from: String(from), to: String(to), format: "ndjson" },
    });
    const response = await fetch(`${address}/api/v1/metrics/export?${query.toString()}`, {
      headers: { cookie: session.cookie },
    });
    if (!response.ok) throw new Error(`export: ${response.status}`);
    counts.push((await response.text()).split("\n").filter(Boolean).length);
  }
  return counts;
}
