// How late runs begin when ten thousand tasks are due at the same instant, and whether one is lost or runs twice.
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MINUTE_MS } from "@muster/core";
import { temporaryDirectory, waitFor } from "@muster/testkit";
import { musterProgramNote, startBenchHub, startHubProgram } from "./support/bench-hub.ts";
import { processCost } from "./support/process-cost.ts";
import { quantile } from "./support/quantile.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const TASKS = 10_000;
const SERVERS = 100;
/** So long after the slot everything has been asked for, or something is wrong. */
const ENDED_MS = 3 * MINUTE_MS;

/** `node bench/run.ts tasks [tasks]`. */
export async function main(args: readonly string[]): Promise<void> {
  const rows = [];
  for (const tasks of [Number(args[0] ?? TASKS) / 10, Number(args[0] ?? TASKS)]) rows.push(await measure(tasks));
  report({
    name: "tasks",
    title: `Tasks that are due at the same instant, each asks one of ${SERVERS} servers`,
    columns: ["tasks", "late p50 ms", "p99 ms", "max ms", "asked p99 ms", "lost", "twice", "CPU s", "RSS MB"],
    rows,
    notes: [
      "goal: 10,000 due in one minute begin at most 2 s late at the 99th percentile, none is lost, none runs twice",
      "late: from the slot until the beginning of its run is durable; asked: until the action and its audit row are",
      "the servers are away: each action waits for its server and ends by itself; CPU is that of the whole hub for a minute and a half around the slot",
      musterProgramNote,
    ],
  });
}

async function measure(count: number): Promise<readonly (string | number)[]> {
  await using directory = await temporaryDirectory("bench-tasks");
  const prepared = await startBenchHub(directory.file("hub"));
  await prepared.program.stop();
  const path = join(prepared.directory, "data", "state.db");
  // Far enough away for the hub to be up before.
  const slot = Math.ceil((Date.now() + MINUTE_MS) / MINUTE_MS) * MINUTE_MS;
  addTasks(path, count, slot);
  await using program = await startHubProgram(prepared.directory, new URL(prepared.address).host);
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  const number = (sql: string): number => Number(Object.values(db.prepare(sql).get() ?? { none: 0 })[0]);
  await waitFor(() => Date.now() > slot - 5_000, {
    timeoutMs: 3 * MINUTE_MS,
    intervalMs: 200,
    describe: "the slot comes",
  });
  const before = processCost(program.pid);
  await waitFor(() => number("SELECT count(*) FROM action") >= count, {
    ...{ timeoutMs: ENDED_MS, intervalMs: 1_000 },
    describe: () => `${count} actions were asked for; there are ${number("SELECT count(*) FROM action")}`,
  });
  await waitFor(() => Date.now() > slot + MINUTE_MS + 25_000, {
    timeoutMs: ENDED_MS,
    intervalMs: 500,
    describe: "all has ended",
  });
  const after = processCost(program.pid);
  const late = column(db, "SELECT late_ms AS value FROM task_run WHERE state <> 'waiting' AND outcome IS NOT 'missed'");
  const asked = column(db, `SELECT asked_at - ${slot} AS value FROM action`);
  const runs = number("SELECT count(DISTINCT task_id) FROM task_run");
  const twice = number("SELECT count(*) FROM (SELECT 1 FROM task_run GROUP BY task_id HAVING count(*) > 1)");
  const askedTwice = number("SELECT count(*) FROM task_run_batch") - runs;
  db.close();
  await program.stop();
  return [
    ...[count, quantile(late, 0.5), quantile(late, 0.99), Math.max(...late)].map((one) => rounded(one, 0)),
    rounded(quantile(asked, 0.99), 0),
    ...[count - runs, twice + askedTwice],
    rounded((after.cpuMs - before.cpuMs) / 1_000, 1),
    megabytes(after.residentBytes),
  ];
}

const column = (db: DatabaseSync, sql: string): readonly number[] =>
  db
    .prepare(sql)
    .all()
    .map(({ value }) => Number(value));

/** Put straight into the database: one user may not add as many in a minute. */
function addTasks(path: string, count: number, slot: number): void {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  const owner = db.prepare("SELECT id, name FROM user WHERE role = 'admin'").get() as { id: string; name: string };
  const servers = addServers(db);
  const insert = db.prepare(
    "INSERT INTO task (id, name, definition, owner_ref, owner, suspended, accounted_to, created_at, changed_at) VALUES (?, ?, ?, ?, ?, NULL, ?, 0, 0)",
  );
  const [hour, minute] = [new Date(slot).getUTCHours(), new Date(slot).getUTCMinutes()];
  db.exec("BEGIN");
  for (let index = 0; index < count; index++) {
    const name = `task ${index}`;
    const targets = { servers: [servers[index % servers.length]!] };
    const definition = {
      ...{ name, description: "", isEnabled: true, zone: "UTC", timeoutMs: 600_000, overlap: "skip" },
      ...{
        schedule: { is: "cron", expression: `${minute} ${hour} * * *` },
        work: { is: "action", action: "agent.ping", args: {}, targets },
      },
      ...{ missed: "skip", missedWithinMs: 0, retries: { most: 0, delayMs: 1_000 }, jitterMs: 0 },
      tell: { failure: false, lateAfterMs: null },
    };
    const id = `00000000-0000-7000-9000-${String(index).padStart(12, "0")}`;
    const ref = JSON.stringify({ kind: "session", userId: owner.id });
    insert.run(id, name, JSON.stringify(definition), ref, owner.name, slot - 1);
  }
  db.exec("COMMIT");
  db.close();
}

/** Servers that have joined and are away. */
function addServers(db: DatabaseSync): readonly string[] {
  const server = db.prepare(
    "INSERT INTO server (id, name, link, state, tags, notes, interval_ms, created_at, dropped_samples) VALUES (?, ?, 'agent', 'active', '[]', '', 5000, 0, 0)",
  );
  const agent = db.prepare(
    "INSERT INTO agent (id, server_id, public_key, last_seq, command_seq, created_at) VALUES (?, ?, ?, 0, 0, 0)",
  );
  return Array.from({ length: SERVERS }, (_, index) => {
    const id = `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`;
    server.run(id, `server-${index}`);
    agent.run(id.replace("-8000-", "-a000-"), id, Buffer.from(id));
    return id;
  });
}
