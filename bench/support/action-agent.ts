import { readAgentConfig, runAgent } from "@muster/agent";
import { createLogger, systemClock } from "@muster/node-kit";
import { CountingDriver } from "@muster/testkit";

/** An agent that restarts services which take no time at all: what is left is the way there and back. */
const read = readAgentConfig(process.env);
if (!read.ok) throw new Error(read.problems.join("; "));
const driver = new CountingDriver({ name: "systemd", file: process.env["COUNTING_FILE"]!, delayMs: 0 });
const log = createLogger({ level: "info", format: "text" }, systemClock, (line) => void process.stderr.write(line));
await runAgent(read.config, { log, drivers: new Map([["systemd", driver]]), policyOwnerUid: process.getuid?.() ?? 0 });
// Timers of the agent keep no process alive, and between two connections it has nothing else.
setInterval(() => undefined, 60_000);
