import { needs, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepEvidence } from "../support/evidence.ts";
import { axeProblems, faultsOf, LOOKS, press, widthProblem } from "../support/looks.ts";
import type { LookedAt } from "../support/looks.ts";
import { startPanel } from "../support/panel.ts";
import type { Panel } from "../support/panel.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");
const evidence = keepEvidence();

/** performance.md, section 7: the whole of what the overview loads, compressed, as it comes over the wire. */
const FIRST_VIEW_BYTES_MAX = 250_000;

describeBrowser("how the panel looks", () => {
  let panel: Panel;
  let pages: readonly LookedAt[];

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
      {
        name: "server",
        path: `/servers/${id}`,
        there: "plot-cpu",
        // History and the first live values are drawn.
        prepare: (page) => page.locator('[data-testid="plot-cpu"][data-at] canvas').waitFor(),
      },
      {
        name: "period-before",
        path: `/servers/${id}?range=24h&compare=1`,
        there: "plot-cpu",
        prepare: press("export-all"),
      },
      { name: "compare-with", path: `/servers/${id}`, there: "plot-cpu", prepare: press("compare-with") },
      {
        name: "compare",
        path: `/compare?servers=${id},${other.id}`,
        there: "plot-cpu_busy_ratio",
        prepare: press("compare-metrics"),
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
      {
        name: "fleet-charts",
        path: "/",
        there: "server-row",
        async prepare(page) {
          await press("fleet-toggle")(page);
          await page.getByTestId("plot-fleet-cpu").locator("canvas").waitFor();
        },
      },
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
      const some = pages.slice(third * each, (third + 1) * each);
      faults.push(...(await faultsOf(browser, panel.url, some, { prefix: "", size, scheme })));
      expect(faults).toEqual([]);
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
