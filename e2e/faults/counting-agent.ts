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
await runAgent(read.config, {
  log,
  drivers: new Map([["systemd", driver]]),
  policyOwnerUid: process.getuid?.() ?? 0,
  // Back as soon as it may: among so many deaths the usual waits would grow to a minute.
  random: () => 0,
});

// Timers of the agent keep no process alive, and between two connections it has nothing else.
setInterval(() => undefined, 60_000);
console.log("counting agent runs");
