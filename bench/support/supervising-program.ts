// Supervises what a directory defines, as the agent does, and answers questions on its standard input: one word a line.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { NO_CHECKS, openSupervision, parseStrictYaml, readOwnedFile } from "@muster/agent";
import { silentLogger } from "@muster/core";
import { systemClock } from "@muster/node-kit";

const [stateDirectory = "", definitionsPath = ""] = process.argv.slice(2);
const uid = process.getuid?.() ?? 0;
const { supervisor, drivers } = openSupervision(
  {
    stateDirectory,
    definitionsPath,
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    pageBytes: 4_096,
  },
  {
    clock: systemClock,
    log: silentLogger,
    random: () => 0,
    checks: NO_CHECKS,
    note: () => undefined,
    newRunId: () => randomBytes(16).toString("hex"),
    readOwned: (path, bytesMax) => readOwnedFile(path, uid, bytesMax),
    parseYaml: parseStrictYaml,
  },
);
await supervisor.start();
const processes = drivers.find(({ name }) => name === "process")!;
process.stdout.write("started\n");
for await (const line of createInterface({ input: process.stdin })) {
  const [word = "", name = ""] = line.split(" ");
  if (word === "status") {
    const list = await processes.list();
    process.stdout.write(`${JSON.stringify(list)}\n`);
  } else if (word === "start") {
    const { outcome } = await processes.act({ verb: "start", name, args: {} }, AbortSignal.timeout(10_000));
    process.stdout.write(`${outcome}\n`);
  } else if (word === "stop") {
    await supervisor.stopAll("the benchmark is over", AbortSignal.timeout(20_000));
    process.stdout.write("stopped\n");
    await supervisor.close();
    process.exit();
  }
}
