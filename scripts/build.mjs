// Builds what is stale: the web pages by vite, the programs by rolldown, each into one file that needs no node_modules.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampsPath = join(root, "dist/.stamps.json");

/** Every package loaded costs memory on every server, so the agent's size is a promise (performance.md, dependencies.md). */
const AGENT_BYTES_MAX = 512_000;

/**
 * One thing to build. `sources` are globs; a change of any file they match, of the lock file or of this script makes
 * it stale. `needs` is the file without which there is nothing to build yet.
 * @typedef {{ name: string, needs: string, sources: string[], output: string, build: () => Promise<void> }} Target
 */

/** @returns {Target[]} */
function targets() {
  const node = ["core", "protocol", "host", "node-kit"];
  const workers = globSync("packages/hub/src/**/*-worker.ts", { cwd: root }).toSorted();
  return [
    {
      name: "web",
      needs: "packages/web/vite.config.ts",
      sources: ["packages/web/{src,public}/**", "packages/web/*", ...sourcesOf(["core", "protocol"])],
      output: "packages/web/dist/index.html",
      build: () => vite(),
    },
    // In pieces: a client command must not read the hub's code.
    program("muster", "packages/cli/src/main.ts", sourcesOf([...node, "cli", "hub", "agent"]), "in pieces"),
    // In one file, because it travels to servers.
    program("agent", "packages/agent/src/main.ts", sourcesOf([...node, "agent"]), "one file"),
    ...workers.map((entry) => program(basename(entry, ".ts"), entry, sourcesOf([...node, "hub"]), "one file")),
  ];
}

/** @param {readonly string[]} packages */
const sourcesOf = (packages) => packages.map((name) => `packages/${name}/{src/**,package.json}`);

/**
 * @param {string} name
 * @param {string} entry
 * @param {string[]} sources
 * @param {"one file" | "in pieces"} shape
 * @returns {Target}
 */
function program(name, entry, sources, shape) {
  return { name, needs: entry, sources, output: `dist/${name}.mjs`, build: () => bundle(name, entry, shape) };
}

/**
 * The bundler is loaded here, so that nobody pays for it when all is up to date.
 * @param {string} name @param {string} entry @param {"one file" | "in pieces"} shape
 */
async function bundle(name, entry, shape) {
  const { rolldown } = await import("rolldown");
  // Pieces of an earlier build would lie there for ever.
  for (const piece of globSync(`dist/${name}-part-*.mjs`, { cwd: root })) rmSync(join(root, piece));
  const build = await rolldown({
    input: { [name]: join(root, entry) },
    cwd: root,
    platform: "node",
    // Optional speed-ups of ws and ssh2 are compiled add-ons; both work without them and ask for them inside a try.
    external: ["bufferutil", "utf-8-validate", "cpu-features", /\/sshcrypto\.node$/],
    plugins: name === "agent" ? [workerAddresses, withoutCompression] : [workerAddresses],
    onLog(level, log, report) {
      // Both are found in other people's packages only; our own are the import check's and the linter's affair.
      if (log.code !== "CIRCULAR_DEPENDENCY" && log.code !== "EVAL") report(level, log);
    },
  });
  try {
    await build.write({
      dir: join(root, "dist"),
      entryFileNames: "[name].mjs",
      // All in one folder, so that the address of a worker is the same from each.
      chunkFileNames: `${name}-part-[name].mjs`,
      codeSplitting: shape === "in pieces",
      format: "esm",
      // Only the agent: what it loads costs memory on every server, and two fifths of it are names and white space.
      minify: shape === "one file",
      comments: { legal: true, annotation: false, jsdoc: false },
    });
  } finally {
    await build.close();
  }
}

/** A worker lies beside the program that starts it, under the name it has in the sources. */
const workerAddresses = {
  name: "worker-addresses",
  transform: {
    filter: { id: /packages\/[a-z-]+\/src\/.*\.ts$/, code: /import\.meta\.url/ },
    /** @param {string} code */
    handler: (code) =>
      code.replaceAll(/new URL\((["'])(?:\.{1,2}\/)*(?:[a-z-]+\/)*([a-z-]+-worker)\.ts\1/g, "new URL($1./$2.mjs$1"),
  },
};

/**
 * The agent's connections are never compressed, on either side (protocol rule PR1), nor made into streams: what ws has for
 * that stays out of its file. A class that cannot do anything is left of it, which is asked for its name only.
 */
const withoutCompression = {
  name: "without-compression",
  load: {
    filter: { id: /node_modules\/ws\/lib\/(permessage-deflate|stream)\.js$/ },
    handler: () => `module.exports = class { static get extensionName() { return "permessage-deflate"; } };`,
  },
};

/** @returns {Promise<void>} */
function vite() {
  return new Promise((resolve, reject) => {
    const bin = join(root, "node_modules/vite/bin/vite.js");
    const child = spawn(process.execPath, [bin, "build", "--logLevel", "warn"], {
      cwd: join(root, "packages/web"),
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`vite build ended with ${String(code)}`))));
  });
}

/** One number for all that goes into a target: names and contents, tests aside. @param {readonly string[]} patterns */
function fingerprint(patterns) {
  const hash = createHash("sha256");
  const files = globSync([...patterns, "package-lock.json", "scripts/build.mjs"], { cwd: root })
    .filter((path) => !/\.test\.tsx?$/.test(path) && statSync(join(root, path)).isFile())
    .toSorted();
  for (const path of files)
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update("\0");
  return hash.digest("hex");
}

/** @returns {Record<string, string>} */
function readStamps() {
  try {
    return JSON.parse(readFileSync(stampsPath, "utf8"));
  } catch {
    // Nothing was built yet, or a build was cut off while writing: all is stale then.
    return {};
  }
}

/**
 * What is wrong with an agent bundle, one sentence each; empty when it keeps its promise.
 * @param {string} code
 */
export function agentBundleFaults(code) {
  const faults = [];
  const bytes = Buffer.byteLength(code);
  if (bytes > AGENT_BYTES_MAX) faults.push(`it has ${bytes} bytes, at most ${AGENT_BYTES_MAX} are allowed`);
  if (/node_modules\/zod\/|\bZodError\b|\$ZodType\b/.test(code)) {
    faults.push("it contains zod: import constants and types of the protocol only from modules that do not load it");
  }
  return faults;
}

/**
 * Builds what is stale, of all or of the named targets, and returns what was built.
 * @param {{ verbose: boolean, only?: readonly string[] }} options
 */
export async function build({ verbose, only = [] }) {
  const stamps = readStamps();
  const built = [];
  for (const target of targets().filter(({ name }) => only.length === 0 || only.includes(name))) {
    if (!existsSync(join(root, target.needs))) {
      console.log(`build: ${target.name} skipped, there is no ${target.needs} yet`);
      continue;
    }
    const wanted = fingerprint(target.sources);
    if (stamps[target.name] === wanted && existsSync(join(root, target.output))) {
      if (verbose) console.log(`build: ${target.name} is up to date`);
      continue;
    }
    const startedMs = performance.now();
    await target.build();
    if (target.name === "agent") {
      const faults = agentBundleFaults(readFileSync(join(root, target.output), "utf8"));
      if (faults.length > 0) throw new Error(`${target.output}: ${faults.join("; ")}`);
    }
    // Written after each target: a later failure must not make an earlier one be built again.
    stamps[target.name] = wanted;
    mkdirSync(dirname(stampsPath), { recursive: true });
    writeFileSync(stampsPath, `${JSON.stringify(stamps, null, 2)}\n`);
    const kilobytes = Math.round(statSync(join(root, target.output)).size / 1000);
    const size = target.name === "web" ? "" : `, ${kilobytes} kB`;
    console.log(`build: ${target.name} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s${size}`);
    built.push(target.name);
  }
  return built;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    const words = process.argv.slice(2);
    await build({ verbose: words.includes("--verbose"), only: words.filter((word) => !word.startsWith("--")) });
  } catch (error) {
    console.error(`build: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
