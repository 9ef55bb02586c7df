// A hub for measuring, as its own process: `hub-main.ts DATA_DIR LISTEN TOKENS PREFIX`. It makes one join token a
// simulated agent before it says that it is ready, because the API would take a minute for every hundred.
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
process.stdout.write(`ready ${hub.address}\n`);
const stop = (): void => void hub.stop().then(() => process.exit(0));
process.on("SIGTERM", stop);
