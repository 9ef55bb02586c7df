// A server without an agent, over loopback: a real OpenSSH server, and what the hub does with one connection to it.
// Beside it OpenSSH's own client with a shared connection (ControlMaster), and ssh2 without anything of ours around it.
import { readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { silentLogger } from "@muster/core";
import { COLLECTOR_KINDS, ProcessReader, Readings } from "@muster/host";
import { loadSsh } from "@muster/hub";
import { Egress, systemClock } from "@muster/node-kit";
import { runProgram, startSshd, temporaryDirectory } from "@muster/testkit";
import type { Sshd } from "@muster/testkit";
import { processCost } from "./support/process-cost.ts";
import { quantile } from "./support/quantile.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const { connectSsh, SshHost, SshLine } = await loadSsh();
const COMMANDS = 200;
const TURNS = 3;
const ROUNDS = 500;
const SECONDS_A_ROUND = 5;
const never = new AbortController().signal;
const config = { mounts: "auto" as const, hostRoot: "/" };

/** Milliseconds that each of so many took, one after the other. */
async function timed(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const tookMs: number[] = [];
  for (let index = 0; index < count; index++) {
    const startedMs = performance.now();
    await work();
    tookMs.push(performance.now() - startedMs);
  }
  return tookMs;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((one, other) => one + other, 0);

/** Processor time of a process and of those it has waited for, in ticks of 10 ms as the kernel adds them up. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return sum(fields.slice(11, 15).map(Number));
}

const commandOf = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, "latin1");

interface Server {
  readonly sshd: Sshd;
  readonly line: InstanceType<typeof SshLine>;
  readonly host: InstanceType<typeof SshHost>;
}

async function open(sshd: Sshd): Promise<Server> {
  const fingerprint = await sshd.fingerprint("ed25519");
  const egress = new Egress({ clock: systemClock });
  const line = new SshLine({
    clock: systemClock,
    random: Math.random,
    connect: (signal) =>
      connectSsh(
        {
          address: { host: "127.0.0.1", port: sshd.port, user: "root" },
          hostKey: { type: "ssh-ed25519", fingerprint },
          credential: async () => ({ kind: "key", privateKey: sshd.privateKey }),
        },
        { clock: systemClock, egress },
        signal,
      ),
  });
  return { sshd, line, host: new SshHost("self", { clock: systemClock, reach: line.reach }) };
}

/** 200 times `true`: ours, ssh2's alone, and OpenSSH's; taken in turns, since other programs may run beside them. */
async function commands({ sshd, host, line }: Server) {
  await using directory = await temporaryDirectory("bench-ssh");
  const shared = ["-o", `ControlPath=${directory.file("master")}`, "-o", "BatchMode=yes"];
  const known = ["-o", "StrictHostKeyChecking=no", "-o", `UserKnownHostsFile=${directory.file("known")}`];
  const where = ["-p", String(sshd.port), "-i", sshd.keyPath, "root@127.0.0.1"];
  await runProgram([
    "ssh",
    ...shared,
    ...known,
    "-o",
    "ControlMaster=yes",
    "-o",
    "ControlPersist=yes",
    "-N",
    "-f",
    ...where,
  ]);
  const { connection } = await line.reach(never);
  const bare = async (): Promise<void> => {
    const { channel } = await connection.open("/bin/true", never);
    channel.stderr.resume();
    await new Promise<void>((resolve) => channel.once("close", () => resolve()).resume());
  };
  const ours = (): Promise<unknown> => host.execute(["/bin/true"], { signal: never });
  const theirs = (): Promise<unknown> => runProgram(["ssh", ...shared, ...known, ...where, "/bin/true"]);
  const took = { ours: [] as number[], bare: [] as number[], theirs: [] as number[] };
  for (let turn = 0; turn < TURNS; turn++) {
    took.ours.push(...(await timed(COMMANDS, ours)));
    took.bare.push(...(await timed(COMMANDS, bare)));
    took.theirs.push(...(await timed(COMMANDS, theirs)));
  }
  await runProgram(["ssh", ...shared, ...known, "-O", "exit", ...where]);
  return took;
}

/** What an ordinary round of all collectors costs both sides. */
async function samples({ sshd, host, line }: Server) {
  const deps = { host, clock: systemClock, log: silentLogger };
  const collectorsOf = (kinds: typeof COLLECTOR_KINDS) => kinds.map((kind) => kind.create(config, deps));
  const ordinary = collectorsOf(COLLECTOR_KINDS.filter(({ everyMs }) => everyMs === 0));
  const rare = collectorsOf(COLLECTOR_KINDS.filter(({ everyMs }) => everyMs > 0));
  const round = (collectors: typeof ordinary) => (): Promise<unknown> =>
    Promise.all(collectors.map((collector) => collector.collect(new Readings(), never)));
  await timed(50, round(ordinary));
  await timed(2, round(rare));
  const { reader } = await line.reach(never);
  const pid = sshd.sessions().findLast((session) => commandOf(session).startsWith("/bin/sh\0-c"))!;
  const session = sshd.sessions().findLast((other) => /^sshd: root/.test(commandOf(other)) && other < pid)!;
  const processes = new ProcessReader(config, deps);
  await processes.read(200, never);
  const measured = async (count: number, work: () => Promise<unknown>) => {
    const before = {
      reader: ticksOf(pid),
      session: processCost(session).cpuMs,
      hub: process.cpuUsage(),
      asked: reader.questions,
    };
    const took = await timed(count, work);
    const hub = process.cpuUsage(before.hub);
    return {
      p50Ms: quantile(took, 0.5),
      p99Ms: quantile(took, 0.99),
      readerMs: ((ticksOf(pid) - before.reader) * 10) / count,
      sessionMs: (processCost(session).cpuMs - before.session) / count,
      hubMs: (hub.user + hub.system) / 1_000 / count,
      questions: (reader.questions - before.asked) / count,
    };
  };
  const each = await measured(ROUNDS, round(ordinary));
  const all = await measured(ROUNDS / 5, round(rare));
  const table = await measured(50, () => processes.read(200, never));
  return { each, all, table, memory: processCost(pid) };
}

/** `node bench/run.ts ssh`. */
export async function main(): Promise<void> {
  await using sshd = await startSshd();
  const server = await open(sshd);
  await server.host.readFile("/proc/uptime");
  const took = await commands(server);
  const { each, all, table, memory } = await samples(server);
  server.line.close();
  const aMinute = 60 / SECONDS_A_ROUND;
  const commandRow = (name: string, numbers: readonly number[]) => [
    name,
    rounded(sum(numbers) / TURNS, 0),
    rounded(quantile(numbers, 0.5), 2),
    rounded(quantile(numbers, 0.99), 2),
    ...["", "", ""],
  ];
  const sampleRow = (name: string, cost: typeof each) => [
    name,
    "",
    rounded(cost.p50Ms, 2),
    rounded(cost.p99Ms, 2),
    rounded(cost.questions, 2),
    rounded(cost.hubMs, 2),
    rounded(cost.readerMs, 2),
  ];
  report({
    name: "ssh",
    title: `SSH without an agent: ${COMMANDS} commands on one connection, and what a sample costs`,
    columns: ["", "200 ms", "p50 ms", "p99 ms", "round trips", "hub CPU ms", "server CPU ms"],
    rows: [
      commandRow("Muster: a program, its exit and outputs", took.ours),
      commandRow("ssh2 alone: the login shell runs it", took.bare),
      commandRow("OpenSSH with ControlMaster", took.theirs),
      sampleRow("an ordinary sample (cpu, load, memory, network, disks)", each),
      sampleRow("the rarer ones (file systems, sockets, temperatures …)", all),
      sampleRow("a table of processes", table),
    ],
    notes: [
      `goal: 200 commands in 600 ms, a sample in one round trip and 3 ms of the hub; here ${rounded(sum(took.theirs) / sum(took.ours), 1)} times OpenSSH's pace`,
      `the reader on the server, every ${SECONDS_A_ROUND} s: ${rounded(each.readerMs * aMinute, 1)} CPU ms a minute for ordinary samples, ${rounded(each.readerMs * aMinute + all.readerMs * 2, 1)} with the rarer ones twice a minute (goal: 30); its sshd ${rounded(each.sessionMs * aMinute, 1)} more`,
      `the reader's memory: ${megabytes(memory.pssBytes)} MB PSS, ${megabytes(memory.anonymousBytes)} MB private anonymous (goal: 1)`,
      `the machine's load meanwhile: ${rounded(loadavg()[0] ?? 0, 0)} on its two cores, so look at the ratios`,
      `the three take turns of ${COMMANDS}; Muster's program runs in a group with a life line and an environment of its own, the others' do not`,
    ],
  });
}
