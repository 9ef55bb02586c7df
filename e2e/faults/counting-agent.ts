import { readAgentConfig, runAgent } from "@muster/agent";
import { createLogger, systemClock } from "@muster/node-kit";
import { CountingDriver } from "@muster/testkit";

/**
 * An agent whose services are lines of a file (`COUNTING_FILE`): real in all but what it restarts. Runs until it is ended.
 */
const read = readAgentConfig(process.env);
if (!read.ok) throw new Error(read.problems.join("; "));
const driver = new CountingDriver({
  name: "systemd",
  file: process.env["COUNTING_FILE"]!,
  delayMs: Number(process.env["COUNTING_DELAY_MS"] ?? 10),
});
const log = createLogger({ level: "info", format: "text" }, systemClock, (line) => void process.stderr.write(line));
await runAgent(read.config, { log, drivers: new Map([["systemd", driver]]), policyOwnerUid: process.getuid?.() ?? 0 });
console.log("counting agent runs");
