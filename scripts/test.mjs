// `npm test`: builds what is stale, runs unit, integration and e2e tests in one vitest run, looks for processes left
// behind and closes with the plain line "N passed, N failed, N skipped". Arguments go to vitest.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = mkdtempSync(join(tmpdir(), "muster-test-"));
const countsPath = join(scratch, "counts.json");
/** Every process of the run carries this in its environment, which is how a leftover is known. */
const marker = `MUSTER_TEST_RUN=${randomUUID()}`;

/** @param {readonly string[]} args @returns {Promise<number>} */
function vitest(args) {
  return new Promise((resolve) => {
    const [name, value] = /** @type {[string, string]} */ (marker.split("="));
    const child = spawn(
      process.execPath,
      [
        join(root, "node_modules/vitest/vitest.mjs"),
        "run",
        "--reporter=default",
        `--reporter=${join(root, "scripts/counts-reporter.mjs")}`,
        ...args,
      ],
      { cwd: root, stdio: "inherit", env: { ...process.env, [name]: value, MUSTER_TEST_COUNTS: countsPath } },
    );
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) {
      process.on(signal, () => child.kill(signal));
    }
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** Processes of this run that are still there: their ids and command lines. */
function leftovers() {
  const found = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    try {
      if (!readFileSync(`/proc/${entry}/environ`, "latin1").split("\0").includes(marker)) continue;
      found.push({ pid: Number(entry), command: readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ") });
    } catch {
      // It ended while being looked at, or belongs to somebody whose environment may not be read.
      continue;
    }
  }
  return found;
}

/** Gives what is just ending two seconds, then ends and reports the rest. */
async function endLeftovers() {
  if (process.platform !== "linux") return 0;
  for (let round = 0; round < 20 && leftovers().length > 0; round++) await delay(100);
  const left = leftovers();
  for (const { pid, command } of left) {
    console.error(`test: process ${pid} was left behind and is ended now: ${command}`);
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself in between.
      continue;
    }
  }
  return left.length;
}

await build({ verbose: false });
const code = await vitest(process.argv.slice(2));
const left = await endLeftovers();
/** @type {{ passed: number, failed: number, skipped: number, skipReasons: [string, number][] }} */
let counts = { passed: 0, failed: 1, skipped: 0, skipReasons: [] };
try {
  counts = JSON.parse(readFileSync(countsPath, "utf8"));
} catch {
  console.error(`test: vitest ended with ${code} before it had counted anything`);
}
rmSync(scratch, { recursive: true, force: true });

for (const [why, tests] of counts.skipReasons) console.log(`skipped ${tests}: ${why}`);
let failed = counts.failed + left;
// Whatever else vitest calls a failure (a time-out while closing, say) is one, too.
if (code !== 0 && failed === 0) failed = 1;
if (counts.passed + failed + counts.skipped === 0) {
  console.error("test: no test was found");
  failed = 1;
}
console.log(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
