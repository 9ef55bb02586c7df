// How long from starting to being useful: the hub's first served page with a database that exists, `muster version`
// beside a bare Node, and how large the programs are.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { simulate } from "@muster/cli";
import { freePort, startProgram, temporaryDirectory } from "@muster/testkit";
import { musterProgram, musterProgramNote, startBenchHub } from "./support/bench-hub.ts";
import { report, rounded } from "./support/report.ts";

const ROUNDS = 7;
const root = fileURLToPath(new URL("../", import.meta.url));

const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;

/** From the start of the program to the last byte of its first page. */
async function firstPageMs(argv: readonly string[], url: string): Promise<number> {
  const startedMs = performance.now();
  await using program = await startProgram(argv);
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response) {
      await response.arrayBuffer();
      const tookMs = performance.now() - startedMs;
      await program.stop();
      return tookMs;
    }
    if (!program.running) throw new Error(`${argv.join(" ")} ended: ${program.output}`);
    await delay(2);
  }
}

function runMs(argv: readonly string[]): number {
  const startedMs = performance.now();
  const { status } = spawnSync(argv[0]!, argv.slice(1));
  if (status !== 0) throw new Error(`${argv.join(" ")} ended with ${status}`);
  return performance.now() - startedMs;
}

async function repeated(once: () => number | Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await once());
  return median(times);
}

function sizes(): (readonly [string, string, string])[] {
  const row = (name: string, files: readonly string[]) => {
    const contents = files.map((file) => readFileSync(file));
    const packed = contents.reduce((sum, content) => sum + gzipSync(content).length, 0);
    const plain = contents.reduce((sum, content) => sum + content.length, 0);
    return [name, `${Math.round(plain / 1_000)} kB`, `${Math.round(packed / 1_000)} kB`] as const;
  };
  const rows: (readonly [string, string, string])[] = [];
  const dist = (pattern: string): string[] => globSync(join(root, "dist", pattern));
  if (existsSync(join(root, "dist/agent.mjs"))) rows.push(row("size of the agent, plain and gzip", dist("agent.mjs")));
  if (existsSync(join(root, "dist/muster.mjs")))
    rows.push(row("size of muster with the hub, plain and gzip", dist("{muster,muster-*,*-worker}.mjs")));
  const web = join(root, "packages/web/dist");
  if (existsSync(join(web, "index.html"))) {
    const page = readFileSync(join(web, "index.html"), "utf8");
    const scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map(([, path]) => join(web, path!));
    rows.push(row("JavaScript that index.html names, plain and gzip", scripts));
  }
  return rows;
}

/** `node bench/run.ts start`. */
export async function main(): Promise<void> {
  await using directory = await temporaryDirectory("bench-start");
  const hub = await startBenchHub(directory.file("hub"), 20);
  await simulate(
    { url: hub.address, agents: 20, series: 60, intervalMs: 500, durationMs: 15_000, tokens: hub.tokens },
    () => undefined,
  );
  await hub.program.stop();
  const data = ["--data-dir", `${hub.directory}/data`, "--kek-file", `${hub.directory}/kek`];
  const hubMs = await repeated(async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    return firstPageMs(
      [process.execPath, musterProgram, "hub", ...data, "--listen", listen, "--log-level", "warn"],
      `http://${listen}/`,
    );
  });
  const bareMs = await repeated(async () => {
    const port = await freePort();
    const program = `require("node:http").createServer((_, answer) => answer.end("page")).listen(${port}, "127.0.0.1")`;
    return firstPageMs([process.execPath, "-e", program], `http://127.0.0.1:${port}/`);
  });
  const node = await repeated(() => runMs([process.execPath, "-e", "0"]));
  const version = await repeated(() => runMs([process.execPath, musterProgram, "version"]));
  const help = await repeated(() => runMs([process.execPath, musterProgram, "--help"]));
  report({
    name: "start",
    title: `Start: medians of ${ROUNDS} runs; the database holds 20 servers with 36,000 samples`,
    columns: ["what", "muster", "bare Node"],
    rows: [
      ["hub to its first page, ms", rounded(hubMs, 0), rounded(bareMs, 0)],
      ["`muster version`, ms", rounded(version, 0), rounded(node, 0)],
      ["`muster --help`, ms", rounded(help, 0), rounded(node, 0)],
      ...sizes(),
    ],
    notes: [
      "Goals (performance.md 7): first page ≤ 1,000 ms, agent in one file ≤ 400 kB; `muster version` ≈ bare Node + 20 ms.",
      "Beside a size stands the same after gzip, not a bare Node's.",
      musterProgramNote,
    ],
  });
}
