// Reads a log of the machine it runs on, as the agent does, and writes its items as JSON lines. Arguments: the query as
// JSON; after how many lines it ends (0: when the log does). With a third, a shell command that is run once the past is out.
import { spawn } from "node:child_process";
import { LocalHost } from "@muster/agent";
import type { LogQuery } from "@muster/core";
import { logReader } from "@muster/host";
import { systemClock } from "@muster/node-kit";

const [query = "", lines = "0", command] = process.argv.slice(2);
const host = new LocalHost(systemClock);
const stop = new AbortController();
let left = Number(lines);
for await (const item of logReader({ host, clock: systemClock }).read(JSON.parse(query) as LogQuery, stop.signal)) {
  if ("caughtUp" in item && command !== undefined) spawn("/bin/sh", ["-c", command], { stdio: "ignore" });
  process.stdout.write(`${JSON.stringify({ ...item, seenAt: systemClock.now() })}\n`);
  if ("text" in item && --left === 0) stop.abort();
}
host.close();
