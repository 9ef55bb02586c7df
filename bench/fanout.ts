// 1,000 browsers on the overview while 100 servers report: what the hub spends, and what each browser gets. Beside it a
// bare WebSocket server that sends as many bytes to as many sockets once a second.
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { simulate } from "@muster/cli";
import { freePort, startProgram, temporaryDirectory } from "@muster/testkit";
import { WebSocket } from "ws";
import { ask, musterProgramNote, PASSWORD, signIn, startBenchHub } from "./support/bench-hub.ts";
import type { BenchHub } from "./support/bench-hub.ts";
import { openLiveSocket } from "./support/live-socket.ts";
import { costPerMinute, processCost } from "./support/process-cost.ts";
import type { ProcessCost } from "./support/process-cost.ts";
import { megabytes, report, rounded } from "./support/report.ts";

const BROWSERS = 1_000;
const BROWSERS_PER_USER = 20;
const SERVERS = 100;
const MEASURED_MS = 20_000;

/** Every user has its own session; one address may sign in only so often, so each comes from another one. */
async function openBrowsers(hub: BenchHub, take: (text: string) => void): Promise<WebSocket[]> {
  const admin = await signIn(hub.address);
  const sockets: WebSocket[] = [];
  for (let user = 1; user <= BROWSERS / BROWSERS_PER_USER; user++) {
    const name = `viewer-${user}`;
    await ask(hub.address, admin, "POST", "users", { name, password: PASSWORD, role: "viewer" });
    const session = await signIn(hub.address, name, `10.0.1.${user}`);
    sockets.push(
      ...(await Promise.all(
        Array.from({ length: BROWSERS_PER_USER }, () => openLiveSocket(hub.address, session, ["fleet"], take)),
      )),
    );
  }
  return sockets;
}

async function measureBare(bytesPerMessage: number): Promise<ReturnType<typeof costPerMinute>> {
  const port = await freePort();
  const main = fileURLToPath(new URL("./support/bare-broadcast.ts", import.meta.url));
  await using program = await startProgram([process.execPath, main, String(port), String(bytesPerMessage)]);
  await program.says(/ready/);
  const sockets = await Promise.all(
    Array.from({ length: BROWSERS }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
      await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
      return socket;
    }),
  );
  await delay(2_000);
  const before = processCost(program.pid);
  await delay(MEASURED_MS / 2);
  const cost = costPerMinute(before, processCost(program.pid));
  for (const socket of sockets) socket.terminate();
  return cost;
}

/** `node bench/run.ts fanout`. */
export async function main(): Promise<void> {
  await using directory = await temporaryDirectory("bench-fanout");
  const hub = await startBenchHub(directory.file("hub"), SERVERS);
  await using program = hub.program;
  const load = { url: hub.address, agents: SERVERS, series: 60, intervalMs: 5_000, tokens: hub.tokens };

  // First without any browser, so that the difference is the fan-out alone.
  const ending = new AbortController();
  const began = Promise.withResolvers<void>();
  const simulated = simulate({ ...load, durationMs: 3_600_000 }, () => began.resolve(), ending.signal);
  await began.promise;
  const alone: ProcessCost[] = [processCost(program.pid)];
  await delay(MEASURED_MS);
  alone.push(processCost(program.pid));

  let messages = 0;
  let bytes = 0;
  const sockets = await openBrowsers(hub, (text) => {
    messages++;
    bytes += text.length;
  });
  // Each gets the whole fleet once; that is not what is measured.
  await delay(5_000);
  const watched: ProcessCost[] = [processCost(program.pid)];
  [messages, bytes] = [0, 0];
  await delay(MEASURED_MS);
  watched.push(processCost(program.pid));
  const [messagesSeen, bytesSeen] = [messages, bytes];
  const stillOpen = sockets.filter((socket) => socket.readyState === WebSocket.OPEN).length;
  for (const socket of sockets) socket.terminate();
  ending.abort();
  await simulated;
  await program.stop();

  const without = costPerMinute(alone[0]!, alone[1]!);
  const withBrowsers = costPerMinute(watched[0]!, watched[1]!);
  const perSecond = messagesSeen / BROWSERS / (MEASURED_MS / 1_000);
  const bytesPerMessage = Math.round(bytesSeen / Math.max(1, messagesSeen));
  const bare = await measureBare(bytesPerMessage);
  report({
    name: "fanout",
    title: `Fan-out: ${BROWSERS} browsers on the overview of ${SERVERS} servers that report every 5 s`,
    columns: [
      "program",
      "CPU of a core",
      "RSS MB",
      "messages a browser and second",
      "bytes a message",
      "open at the end",
    ],
    rows: [
      [
        "muster hub, nobody watching",
        `${rounded(100 * without.cpuRatio)} %`,
        megabytes(without.residentBytes),
        "-",
        "-",
        "-",
      ],
      [
        "muster hub, all watching",
        `${rounded(100 * withBrowsers.cpuRatio)} %`,
        megabytes(withBrowsers.residentBytes),
        rounded(perSecond, 2),
        bytesPerMessage,
        stillOpen,
      ],
      [
        "bare broadcast of the same bytes",
        `${rounded(100 * bare.cpuRatio)} %`,
        megabytes(bare.residentBytes),
        "1.00",
        bytesPerMessage,
        BROWSERS,
      ],
    ],
    notes: [
      "Goal (performance.md 3): 1,000 browsers ≤ 25 % of one core, at most one message a second each.",
      "Browsers are sockets in the process of the benchmark, on the same cores as the hub.",
      musterProgramNote,
    ],
  });
}
