import { needs, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepEvidence } from "../support/evidence.ts";
import { axeProblems, LOOKS, widthProblem } from "../support/looks.ts";
import { startPanel } from "../support/panel.ts";
import type { Panel } from "../support/panel.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");
const evidence = keepEvidence();

/** performance.md, section 7: the whole of what the overview loads, compressed, as it comes over the wire. */
const FIRST_VIEW_BYTES_MAX = 250_000;

describeBrowser("how the panel looks", () => {
  let panel: Panel;
  /** `press` opens what a page keeps closed. */
  let pages: readonly {
    readonly name: string;
    readonly path: string;
    readonly there: string;
    readonly press?: string;
  }[];

  beforeAll(async () => {
    await buildPrograms();
    panel = await startPanel(evidence, { env: { MUSTER_INTERVAL_MS: "1000" } });
    for (const name of ["machine-1", "machine-2"]) await panel.addAgent(name);
    const { id } = await panel.client.serverWhen("machine-1", "is live", (one) => one.summary.cpuBusyRatio !== null);
    const other = await panel.client.server("machine-2");
    await panel.client.call("PATCH /api/v1/servers/{id}", {
      params: { id },
      body: { tags: ["prod", "eu"], notes: "A machine that is looked at." },
    });
    await panel.client.call("POST /api/v1/users", {
      body: { name: "vera", password: "only looking around", role: "viewer" },
    });
    await panel.client.call("POST /api/v1/tokens", { body: { name: "for scripts", scopes: ["servers.read"] } });
    pages = [
      { name: "overview", path: "/", there: "server-row" },
      { name: "tiles", path: "/?view=tiles", there: "server-tile" },
      { name: "server", path: `/servers/${id}`, there: "plot-cpu" },
      { name: "period-before", path: `/servers/${id}?range=24h&compare=1`, there: "plot-cpu", press: "export-all" },
      { name: "compare-with", path: `/servers/${id}`, there: "plot-cpu", press: "compare-with" },
      {
        name: "compare",
        path: `/compare?servers=${id},${other.id}`,
        there: "plot-cpu_busy_ratio",
        press: "compare-metrics",
      },
      { name: "history", path: "/settings/history", there: "retention" },
      { name: "processes", path: `/servers/${id}/processes`, there: "process-row" },
      { name: "settings", path: `/servers/${id}/settings`, there: "policy" },
      { name: "add", path: "/add", there: "join-make" },
      { name: "users", path: "/users", there: "users" },
      { name: "tokens", path: "/tokens", there: "tokens" },
      { name: "audit", path: "/audit", there: "audit-row" },
      { name: "hub", path: "/status", there: "hub-status" },
      { name: "account", path: "/account", there: "sign-out" },
      // Last, because it stays open.
      { name: "fleet-charts", path: "/", there: "server-row", press: "fleet-toggle" },
    ];
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());

  // A few pages at a time: looking one through for faults of access takes seconds on a busy machine.
  const runs = LOOKS.flatMap(([scheme, size, viewport]) =>
    [0, 1, 2].map((third) => [scheme, size, third, viewport] as const),
  );
  test.each(runs)(
    "%s and %s, third %i: no page is wider than its window, none has a serious fault of access, none complains",
    async (scheme, size, third, viewport) => {
      const faults: string[] = [];
      if (third === 0) {
        await using out = await panel.browse("nobody", { scheme, ...viewport });
        await out.page.goto(`${panel.url}/login`);
        await out.page.getByTestId("login-submit").waitFor();
        await out.picture(`login-${size}-${scheme}`);
        for (const fault of [await widthProblem(out), ...(await axeProblems(out, scheme)), ...out.complaints]) {
          if (fault !== "") faults.push(`login: ${fault}`);
        }
      }
      await using browser = await panel.browse("signed-in", { scheme, ...viewport });
      const each = Math.ceil(pages.length / 3);
      for (const { name, path, there, press } of pages.slice(third * each, (third + 1) * each)) {
        await browser.page.goto(panel.url + path);
        await browser.page.getByTestId(there).first().waitFor();
        if (press !== undefined) await browser.page.getByTestId(press).click();
        if (name === "fleet-charts") await browser.page.getByTestId("plot-fleet-cpu").locator("canvas").waitFor();
        // History and the first live values are drawn.
        if (name === "server") await browser.page.locator('[data-testid="plot-cpu"][data-at] canvas').waitFor();
        await browser.picture(`${name}-${size}-${scheme}`);
        // The markup is the same on a phone, and looking it through takes a second a page.
        const found = [await widthProblem(browser), ...(size === "wide" ? await axeProblems(browser, scheme) : [])];
        for (const fault of found) if (fault !== "") faults.push(`${name}: ${fault}`);
      }
      expect([...faults, ...browser.complaints]).toEqual([]);
    },
  );

  test("what the overview loads stays within its budget", async () => {
    await using browser = await panel.browse("signed-in");
    const session = await browser.context.newCDPSession(browser.page);
    await session.send("Network.enable");
    const scripts = new Map<string, string>();
    let scriptBytes = 0;
    let loaded = 0;
    session.on("Network.responseReceived", ({ requestId, type, response }) => {
      if (type === "Script") scripts.set(requestId, response.url);
    });
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (!scripts.has(requestId)) return;
      scriptBytes += encodedDataLength;
      loaded++;
    });
    await browser.page.goto(panel.url);
    await browser.page.getByTestId("server-row").first().waitFor();
    await waitFor(() => loaded > 0 && loaded === scripts.size, { describe: "all scripts are loaded" });
    console.log(`first view: ${(scriptBytes / 1_000).toFixed(1)} kB of JavaScript over the wire in ${loaded} files`);
    expect(scriptBytes).toBeLessThanOrEqual(FIRST_VIEW_BYTES_MAX);
  });
});
