// From the agent's reading to the pixel: a real agent in one-second focus, a real hub, and Chromium on the server's page.
// One machine, so one clock. Beside it, the same moment seen by a bare socket: what the browser itself adds.
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { temporaryDirectory } from "@muster/testkit";
import type { ServerState } from "@muster/protocol";
import { chromium } from "playwright-core";
import { agentProgramNote, startBenchAgent } from "./support/bench-agent.ts";
import { ask, musterProgramNote, signIn, startBenchHub } from "./support/bench-hub.ts";
import { openLiveSocket } from "./support/live-socket.ts";
import { report, rounded } from "./support/report.ts";

const MEASURED_MS = 45_000;
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);

const quantile = (values: readonly number[], share: number): number | null => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
};

/**
 * Runs in the page, as text because its types are a browser's: notes how old a reading is in the frame that shows it.
 * A chart says which reading it shows in `data-at`.
 */
const WATCH_CHARTS = `
  globalThis.readingAges = [];
  let newestAt = 0;
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const at = Number(target.dataset.at);
      if (!(at > newestAt)) continue;
      newestAt = at;
      // What comes after the next frame's callbacks has it on the screen.
      requestAnimationFrame(() => setTimeout(() => readingAges.push(Date.now() - at), 0));
    }
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-at"] });
`;

/** `node bench/run.ts latency`. */
export async function main(): Promise<void> {
  if (CHROMIUM === undefined) throw new Error("there is no Chromium on this machine");
  await using directory = await temporaryDirectory("bench-latency");
  const hub = await startBenchHub(directory.file("hub"), 1);
  await using _hub = hub.program;
  await using agent = await startBenchAgent(hub);
  const session = await signIn(hub.address);
  const { items } = await ask<{ items: { id: string }[] }>(hub.address, session, "GET", "servers");
  const id = items[0]!.id;

  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  try {
    const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
    const [name = "", value = ""] = session.cookie.split("=");
    await context.addCookies([{ name, value, url: hub.address }]);
    const page = await context.newPage();
    await page.addInitScript({ content: WATCH_CHARTS });
    await page.goto(`${hub.address}/servers/${id}`);
    await page.locator("[data-at]").first().waitFor({ state: "attached", timeout: 20_000 });

    const atSocket: number[] = [];
    const socket = await openLiveSocket(hub.address, session, [`server/${id}`], (text) => {
      const { state } = JSON.parse(text) as { state?: ServerState };
      if (state) atSocket.push(Date.now() - state.at);
    });
    await delay(5_000);
    atSocket.length = 0;
    await page.evaluate("readingAges.length = 0");
    await delay(MEASURED_MS);
    const atPixel = (await page.evaluate("readingAges")) as number[];
    socket.terminate();
    report({
      name: "latency",
      title: `Latency: from the agent's reading to the pixel, one reading a second for ${MEASURED_MS / 1_000} s`,
      columns: ["seen by", "readings", "p50 ms", "p90 ms", "max ms"],
      rows: (
        [
          ["Chromium, after the frame", atPixel],
          ["a bare live socket", atSocket],
        ] as const
      ).map(([who, ages]) => [
        who,
        ages.length,
        rounded(quantile(ages, 0.5), 0),
        rounded(quantile(ages, 0.9), 0),
        rounded(quantile(ages, 1), 0),
      ]),
      notes: ["Goal (performance.md 4): ≤ 150 ms at the median on loopback.", musterProgramNote, agentProgramNote],
    });
  } finally {
    await browser.close();
    await agent.stop();
    await hub.program.stop();
  }
}
