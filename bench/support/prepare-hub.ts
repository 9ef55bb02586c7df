// Prepares a hub's data directory for measuring: `prepare-hub.ts DIRECTORY LISTEN TOKENS PREFIX` makes the administrator
// and one join token a simulated agent, which the API's rate limit would stretch to a minute for every hundred.
import { writeFileSync } from "node:fs";
import { startHub } from "@muster/hub";

const [directory = "", listen = "", tokens = "0", prefix = ""] = process.argv.slice(2);
const hub = await startHub(
  [
    "--data-dir",
    `${directory}/data`,
    "--kek-file",
    `${directory}/kek`,
    "--listen",
    listen,
    "--trusted-proxies",
    "127.0.0.1",
  ],
  {
    ...process.env,
    MUSTER_LOG_LEVEL: "warn",
    MUSTER_ADMIN_USER: "bench",
    MUSTER_ADMIN_PASSWORD_FILE: `${directory}/password`,
  },
);
const count = Number(tokens);
const digits = tokens.length;
const made: string[] = [];
for (let index = 1; index <= count; index++) {
  made.push(
    await hub.createJoinToken({ name: `${prefix}${String(index).padStart(digits, "0")}`, lifetimeMinutes: 60 }),
  );
}
writeFileSync(`${directory}/tokens`, made.join("\n"), { mode: 0o600 });
await hub.stop();
process.exit(0);
