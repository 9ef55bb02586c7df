// `npm run check`: everything that can be said about the tree in a minute, two steps at a time. A step says one line,
// and all it printed when it failed.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const node = process.execPath;
/** @param {string} name */
const tool = (name) => join(root, "node_modules/.bin", name);

/** Longest first, so that the two lanes end together. @type {readonly { name: string, argv: readonly string[] }[]} */
const STEPS = [
  {
    name: "unit tests",
    argv: [node, join(root, "node_modules/vitest/vitest.mjs"), "run", "--project", "unit", "--reporter=dot"],
  },
  { name: "lint", argv: [tool("oxlint"), "--deny-warnings"] },
  { name: "types", argv: [tool("tsc"), "-p", "tsconfig.json"] },
  { name: "types of the web", argv: [tool("tsc"), "-p", "packages/web/tsconfig.json"] },
  // Without Node's types: what a browser has not must not compile there.
  { name: "types of core", argv: [tool("tsc"), "-p", "packages/core/tsconfig.json"] },
  { name: "types of protocol", argv: [tool("tsc"), "-p", "packages/protocol/tsconfig.json"] },
  { name: "dead code", argv: [tool("knip"), "--no-progress", "--no-config-hints"] },
  { name: "format", argv: [tool("oxfmt"), "--check"] },
  { name: "imports", argv: [node, "scripts/check-imports.mjs"] },
  { name: "bans", argv: [node, "scripts/check-bans.mjs"] },
];
const LANES = 2;

/** @param {readonly string[]} argv @returns {Promise<{ code: number, output: string }>} */
function run(argv) {
  return new Promise((resolve) => {
    const [program = "", ...args] = argv;
    // Its output is kept and shown only when it fails: colours would be in the way.
    const env = { ...process.env, NO_COLOR: "1" };
    const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
    child.on("error", (error) => resolve({ code: 127, output: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

const startedMs = performance.now();
/** @param {number} sinceMs */
const secondsSince = (sinceMs) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
const wanted = process.argv.slice(2);
const queue = STEPS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
/** @type {string[]} */
const failed = [];

async function lane() {
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
    const stepStartedMs = performance.now();
    const { code, output } = await run(step.argv);
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${step.name.padEnd(18)} ${secondsSince(stepStartedMs)}`);
    if (code === 0) continue;
    failed.push(step.name);
    console.log(output.trimEnd().replaceAll(/^/gm, "    "));
  }
}

if (queue.length === 0) {
  console.error(`check: there is no such step; there are: ${STEPS.map(({ name }) => `"${name}"`).join(", ")}`);
  process.exit(64);
}
await Promise.all(Array.from({ length: LANES }, lane));
console.log(
  failed.length === 0 ? `all in ${secondsSince(startedMs)}` : `${failed.length} failed: ${failed.join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
