// The way in from a fresh clone: `npm start`, `npm test`, `npm run check`, `npm run build`.
// Runs on Node 20 without a single package, because it is what installs them; everything after it runs on Node 24.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR_MIN = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What each command runs, one after the other; the last one gets the caller's arguments. */
const COMMANDS = {
  start: [["scripts/build.mjs"], ["dist/muster.mjs", "up"]],
  test: [["scripts/test.mjs"]],
  check: [["scripts/check.mjs"]],
  build: [["scripts/build.mjs", "--verbose"]],
  bench: [["scripts/build.mjs"], ["bench/run.ts"]],
};

/** @param {string} sentence @returns {never} */
function refuse(sentence) {
  console.error(`muster: ${sentence}`);
  process.exit(69);
}

/** True when node_modules holds what package-lock.json asks for; npm keeps what it installed in a lock file of its own. */
function installed() {
  const hidden = join(root, "node_modules/.package-lock.json");
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(hidden, "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    // Optional packages of another system are rightly absent; the root and the workspaces are the sources themselves.
    if (!path.startsWith("node_modules/") && !path.includes("/node_modules/")) return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * Runs a program to its end; signals to this process reach it.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import("node:child_process").StdioOptions} [stdio]
 * @returns {Promise<{ code: number, output: string }>} the exit code, 128 + n after signal n
 */
function run(program, args, stdio = "inherit") {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio, env: childEnvironment() });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += String(chunk)));
    /** @type {NodeJS.Signals[]} */
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => {
      // A terminal sends Ctrl-C to the whole group by itself; a second one would mean "at once, without order".
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of signals) process.on(signal, forward);
    const done = (/** @type {number} */ code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve({ code, output });
    };
    child.on("error", (error) => {
      output += `${error.message}\n`;
      done(127);
    });
    child.on("close", (code, signal) => done(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

/** `node` and the tools of this workspace come first on the PATH of everything started here. */
function childEnvironment() {
  return { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"] ?? ""}` };
}

/** Whole path of a Node that is new enough: the one running, or the one that npm installed beside the packages. */
function newEnoughNode() {
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR_MIN) return process.execPath;
  const bundled = join(root, `node_modules/node-linux-${process.arch}/bin/node`);
  if (process.platform === "linux" && existsSync(bundled)) return bundled;
  return refuse(
    `Node.js ${NODE_MAJOR_MIN} or newer is needed, this is ${process.versions.node}, and npm installed none for ${process.platform}-${process.arch}; install it from your distribution or nodejs.org and run the command again.`,
  );
}

/**
 * Installs what package-lock.json pins. Not by `npm ci`: that refuses a lock file without the optional native parts of
 * other systems, which a registry need not have; `npm install --no-save` takes the same versions and changes no file.
 */
async function install() {
  console.log("muster: installing the packages it needs (npm install), half a minute or so …");
  const npm = process.env["npm_execpath"];
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const { code, output } = npm?.endsWith(".js")
    ? await run(process.execPath, [npm, ...args], ["ignore", "pipe", "pipe"])
    : await run("npm", args, ["ignore", "pipe", "pipe"]);
  if (code === 0) return;
  console.error(output.trimEnd());
  refuse("the packages could not be installed; npm's own words are above.");
}

const command = process.argv[2] ?? "";
const steps = Object.hasOwn(COMMANDS, command) ? COMMANDS[/** @type {keyof typeof COMMANDS} */ (command)] : undefined;
if (steps === undefined) refuse(`unknown command "${command}"; there are: ${Object.keys(COMMANDS).join(", ")}.`);

if (!installed()) await install();
const node = newEnoughNode();
for (const [index, step] of steps.entries()) {
  const last = index === steps.length - 1;
  const program = join(root, step[0] ?? "");
  if (!existsSync(program)) refuse(`${step[0]} does not exist, so "${command}" cannot run.`);
  const { code } = await run(node, [program, ...step.slice(1), ...(last ? process.argv.slice(3) : [])]);
  if (code !== 0 || last) process.exit(code);
}
