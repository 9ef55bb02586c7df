import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@muster/node-kit";
import { AstraStandIn, needs, waitFor } from "@muster/testkit";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import { probeId } from "../stand-in/stand-in-probes.ts";
import { HOSTILE } from "../stand-in/stand-in-servers.ts";
import { openBrowser } from "../support/browser.ts";
import type { Browser } from "../support/browser.ts";
import { keepEvidence } from "../support/evidence.ts";
import { HubClient } from "../support/hub-client.ts";
import { startPanel } from "../support/panel.ts";
import type { Panel } from "../support/panel.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");
const evidence = keepEvidence();
const VIEWER = { name: "vera", password: "only looking around" } as const;
const OPERATOR = { name: "otto", password: "only running things" } as const;
/** A site is looked at every five seconds at most often. */
const LOOK_MS = 12_000;

describeBrowser("probes in a browser", () => {
  let panel: Panel;
  let site: Server;
  let siteUrl: string;
  let status = 200;
  let body = "all is well";
  let browser: Browser;
  let page: Page;

  const look = async (path: string, who: "nobody" | "signed-in" = "signed-in"): Promise<void> => {
    browser = await panel.browse(who);
    page = browser.page;
    await page.goto(panel.url + path);
  };
  const press = (id: string) => page.getByTestId(id).click();
  const fill = (id: string, text: string) => page.getByTestId(id).fill(text);
  const text = async (id: string): Promise<string> => (await page.getByTestId(id).textContent()) ?? "";
  const row = (name: string) => page.getByTestId("probe-row").filter({ hasText: name });
  const pageIn = (health: string) =>
    page.locator(`[data-testid="probe-page"][data-health="${health}"]`).waitFor({ timeout: LOOK_MS });
  const probes = async () => (await panel.client.call("GET /api/v1/probes")).items;
  const addHttp = async (name: string, url = siteUrl): Promise<string> =>
    (
      await panel.client.call("POST /api/v1/probes", {
        body: { kind: "http", name, settings: { url }, intervalMs: 5_000, fall: 1 },
      })
    ).probe.id;

  beforeAll(async () => {
    await buildPrograms();
    site = createServer((_request, reply) => reply.writeHead(status).end(body));
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    panel = await startPanel(evidence);
  });
  afterAll(async () => {
    await panel?.[Symbol.asyncDispose]();
    site.closeAllConnections();
    await new Promise((resolve) => site.close(resolve));
  });
  afterEach(async () => {
    const { complaints } = browser;
    await browser[Symbol.asyncDispose]();
    status = 200;
    body = "all is well";
    expect(complaints, "nothing fails in the console").toEqual([]);
  });

  test("[UI40] the first probe is added after one look that keeps nothing, and is seen live to fall ill and to get well", async () => {
    await look("/probes");
    await page.getByTestId("probes-none").waitFor();
    await press("probe-add");
    await press("kind-http");
    await fill("field-url", siteUrl);
    await fill("field-text", "all is well");
    await press("probe-trial");
    await page.locator('[data-testid="trial-result"][data-health="healthy"]').waitFor();
    expect(await text("trial-report")).toMatch(/Status200/);
    expect(await probes(), "nothing was kept").toEqual([]);
    body = "out of order";
    await press("probe-trial");
    await page.locator('[data-testid="trial-result"][data-health="unhealthy"]').waitFor();
    body = "all is well";
    await press("probe-schedule");
    await fill("probe-interval", "5");
    await fill("probe-fall", "1");
    await fill("probe-tags", "prod");
    await press("probe-save");
    await pageIn("healthy");
    // Without a name it is called after what it looks at.
    expect(await text("probe-title")).toBe(new URL(siteUrl).host);
    status = 503;
    await pageIn("unhealthy");
    expect(await text("probe-detail")).toContain("503");
    await page.locator('[data-testid="beats"] [data-health="unhealthy"]').first().waitFor();
    status = 200;
    await pageIn("healthy");
    await page.locator('[data-testid="plot-health"][data-at] canvas').waitFor();
    await page.goto(`${panel.url}/probes`);
    await row("127.0.0.1").waitFor();
    status = 500;
    await page.locator('[data-testid="probe-row"][data-health="unhealthy"]').waitFor({ timeout: LOOK_MS });
    expect(await text("probe-count-unhealthy")).toMatch(/^1/);
    await row("127.0.0.1").locator('[data-health="unhealthy"][data-at]').first().hover();
    const bar = row("127.0.0.1").locator('[data-health="unhealthy"][data-at]').first();
    await waitFor(async () => ((await bar.getAttribute("title")) ?? "").includes("unhealthy"), {
      describe: "the bar under the pointer says when and what",
    });
    expect(await row("127.0.0.1").getByTestId("beats").getAttribute("aria-label")).toMatch(
      /^Last \d+ results: \d+ unhealthy/,
    );
  });

  test("[UI54] [PB18] a probe is made about a service from its page, and is part of the health that is shown of it", async () => {
    status = 200;
    await using astra = new AstraStandIn(systemClock);
    await astra.start();
    const link = { kind: "pull", adapter: "astra", url: astra.url } as const;
    const { server } = await panel.client.call("POST /api/v1/servers", { body: { name: "streams", link } });
    const services = await waitFor(
      async () => {
        const { items } = await panel.client.call("GET /api/v1/services", { query: { server: server.id } });
        return items.length === 3 && items;
      },
      { describe: "its streams are told", timeoutMs: 20_000 },
    );
    const { id } = services[0]!;
    await look(`/services/${id}/health`);
    await press("probe-service-add");
    await press("kind-http");
    await fill("field-url", siteUrl);
    await fill("probe-name", "stream page");
    expect(await page.getByTestId("probe-about").inputValue()).toBe(server.id);
    await page.locator('[data-testid="probe-service"] option[value="channel/a002"]').waitFor({ state: "attached" });
    expect(await page.getByTestId("probe-service").inputValue()).toBe("channel/a001");
    await press("probe-schedule");
    await fill("probe-interval", "5");
    await fill("probe-fall", "1");
    await press("probe-save");
    await pageIn("healthy");
    status = 503;
    await pageIn("unhealthy");
    await press("about-service");
    await page
      .locator('[data-testid="service-page"] [data-testid="health-detail"]')
      .getByText("probe stream page is unhealthy")
      .waitFor();
    await press("service-tab-health");
    await page.locator('[data-testid="about-probes"] [data-probe]').waitFor();
    status = 200;
    await page.getByTestId("health-detail").waitFor({ state: "detached", timeout: LOOK_MS });

    // A probe of a service that is gone says so in its form, and can be made about none of them.
    const [probe] = (await panel.client.call("GET /api/v1/probes", { query: { service: id } })).items;
    astra.streams.shift();
    await waitFor(
      async () => {
        await panel.client.call("POST /api/v1/servers/{id}/refresh", { params: { id: server.id } });
        const { items } = await panel.client.call("GET /api/v1/services", { query: { server: server.id } });
        return items.length === 2;
      },
      { describe: "it is gone", timeoutMs: 20_000 },
    );
    await page.goto(`${panel.url}/probes/${probe!.id}/edit`);
    await page
      .getByTestId("probe-service")
      .locator("option", { hasText: "not there now" })
      .waitFor({ state: "attached" });
    await page.getByTestId("probe-service").selectOption("");
    await press("probe-save");
    await pageIn("healthy");
    expect((await probes()).find(({ id: one }) => one === probe!.id)?.about).toMatchObject({ service: null });
    await page.goto(`${panel.url}/probes`);
    await panel.client.call("DELETE /api/v1/probes/{id}", { params: { id: probe!.id } });
    await panel.client.call("DELETE /api/v1/servers/{id}", { params: { id: server.id } });
  });

  test("[UI55] the palette finds probes by keyboard alone", async () => {
    const id = await addHttp("palette target");
    await look("/probes");
    await row("palette target").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type("palette target");
    await page.getByRole("dialog").getByText("palette target").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByTestId("probe-page").waitFor();
    expect(page.url()).toContain(id);
    // A page of what is deleted asks for it once more.
    await page.goto(`${panel.url}/probes`);
    await panel.client.call("DELETE /api/v1/probes/{id}", { params: { id } });
  });

  test("[UI41] a probe is paused, kept in maintenance, edited without losing what was typed, run and deleted", async () => {
    const id = await addHttp("Shop");
    await look(`/probes/${id}`);
    await pageIn("healthy");
    await press("probe-pause");
    await pageIn("paused");
    expect(await page.getByTestId("probe-run").isDisabled()).toBe(true);
    await press("probe-pause");
    await pageIn("healthy");
    await press("probe-run");
    await page.locator('[data-testid="run-result"][data-health="healthy"]').waitFor();
    await press("probe-maintain");
    await press("maintain-120");
    await page.getByTestId("maintenance").waitFor();
    const { maintenanceUntil } = (await panel.client.call("GET /api/v1/probes/{id}", { params: { id } })).probe;
    expect(Math.abs(maintenanceUntil! - Date.now() - 7_200_000)).toBeLessThan(60_000);
    await press("probe-maintain");
    await press("maintain-end");
    await page.getByTestId("maintenance").waitFor({ state: "detached" });
    await press("probe-edit");
    await fill("probe-name", "Shop 2");
    await fill("field-url", "http://[::g]/");
    await press("probe-save");
    await page.getByText("cannot be read as an address").waitFor();
    browser.forgive(/status of 400/);
    expect(await page.getByTestId("probe-name").inputValue()).toBe("Shop 2");
    expect(await page.locator(":focus").getAttribute("data-testid")).toBe("field-url");
    await fill("field-url", siteUrl);
    await press("probe-save");
    await page.getByTestId("probe-title").getByText("Shop 2").waitFor();
    await press("probe-delete");
    await press("confirm-submit");
    await page.getByTestId("probes-page").waitFor();
    await row("Shop 2").waitFor({ state: "detached" });
    expect((await probes()).map(({ name }) => name)).not.toContain("Shop 2");
  });

  test("[UI40] what is wrong is told at its field, and nothing is asked for before", async () => {
    await look("/probes/add?kind=tcp");
    await page.getByTestId("field-host").waitFor();
    expect(await page.getByText("must be filled in").count()).toBe(0);
    await fill("field-port", "70000");
    await press("probe-save");
    await page.getByText("must be filled in").waitFor();
    await page.getByText("must be 1 to 65535").waitFor();
    const before = (await probes()).length;
    await fill("field-host", "127.0.0.1");
    await fill("field-port", new URL(siteUrl).port);
    await press("probe-further");
    await fill("field-slowMs", "1.5");
    await page.getByText("must be a whole number").waitFor();
    await fill("field-slowMs", "0");
    // What the suggested name is, another probe may be called already.
    await press("probe-save");
    await page.getByText("is taken").waitFor();
    browser.forgive(/status of 409/);
    expect(await page.locator(":focus").getAttribute("data-testid")).toBe("probe-name");
    await fill("probe-name", "Port");
    await press("probe-save");
    await pageIn("healthy");
    expect((await probes()).length).toBe(before + 1);
  });

  test("[UI42] a passive probe shows its address once, with lines that call it; a call makes it well, a new address ends the old", async () => {
    await look("/probes/add?kind=passive");
    await fill("probe-name", "Nightly backup");
    await press("probe-save");
    const url = await text("ping-url");
    expect(url).toMatch(new RegExp(`^${panel.url}/api/v1/pings/mpg1\\.`));
    expect(await text("ping-call")).toBe(`curl -fsS -m 10 --retry 3 -X POST ${url}`);
    expect(await text("ping-cron")).toContain(`${url}/$?`);
    await press("ping-done");
    await pageIn("unknown");
    expect(await page.getByTestId("ping-url").count()).toBe(0);
    expect((await fetch(url, { method: "POST" })).status).toBe(200);
    await pageIn("healthy");
    expect((await fetch(`${url}/3`, { method: "POST" })).status).toBe(200);
    await page.getByTestId("probe-detail").getByText("exit code 3").waitFor();
    await press("ping-renew");
    await press("confirm-submit");
    expect(await text("ping-url")).not.toBe(url);
    expect((await fetch(url, { method: "POST" })).status).toBe(404);
  });

  test("[UI43] a viewer sees probes and no buttons; an operator runs them and changes nothing", async () => {
    const id = await addHttp("Watched");
    await panel.client.call("POST /api/v1/users", { body: { ...VIEWER, role: "viewer" } });
    await panel.client.call("POST /api/v1/users", { body: { ...OPERATOR, role: "operator" } });
    for (const [who, ids] of [
      [VIEWER, []],
      [OPERATOR, ["probe-run"]],
    ] as const) {
      await using one = await panel.browse("nobody");
      const { page: seen } = one;
      await seen.goto(`${panel.url}/probes`);
      await seen.getByTestId("login-name").fill(who.name);
      await seen.getByTestId("login-password").fill(who.password);
      await seen.getByTestId("login-submit").click();
      await seen.getByTestId("probe-row").filter({ hasText: "Watched" }).click();
      await seen.getByTestId("probe-title").waitFor();
      await seen.getByTestId("report").waitFor();
      for (const button of ["probe-run", "probe-pause", "probe-maintain", "probe-edit", "probe-delete", "probe-acts"])
        expect(await seen.getByTestId(button).count(), `${who.name} ${button}`).toBe(
          ids.some((may) => may === button) ? 1 : 0,
        );
      await seen.goto(`${panel.url}/probes`);
      await seen.getByTestId("probe-row").first().waitFor();
      expect(await seen.getByTestId("probe-add").count(), who.name).toBe(0);
      expect(one.complaints).toEqual([]);
    }
    const client = new HubClient({ publicUrl: panel.url });
    await client.signIn(VIEWER.name, VIEWER.password);
    expect(await client.refusal("POST /api/v1/probes/{id}/run", { params: { id } })).toMatchObject({ status: 403 });
    await look("/probes");
  });

  test("[XS-01] what a site answers, and what a probe is called, is text and nothing else", async () => {
    const name = "<img src=x onerror=document.title=1>";
    const id = await addHttp(name);
    status = 500;
    body = HOSTILE;
    await look("/probes");
    await row(name).waitFor();
    await page.goto(`${panel.url}/probes/${id}`);
    await pageIn("unhealthy");
    expect(await text("probe-title")).toBe(name);
    await page.goto(`${panel.url}/probes/${id}/edit`);
    await page.getByTestId("edit-probe").waitFor();
    expect(await page.locator("#content img").count()).toBe(0);
    expect(await page.title()).toContain(name);
  });
});

describeBrowser("many probes in a browser", () => {
  beforeAll(() => buildPrograms());

  test("[UI44] of 5,000 probes only those in sight are drawn, filters find among all, and a change is seen where it is", async () => {
    await using hub = await startStandInHub({ probeCopies: 625 });
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${hub.url}/probes`);
    await page.getByTestId("probe-row").first().waitFor();
    expect(await page.getByTestId("probe-shown").textContent()).toBe("5000 probes");
    expect(await page.getByTestId("probe-row").count()).toBeLessThan(60);
    await page
      .getByTestId("probe-list")
      .evaluate((list) => ((list as unknown as { scrollTop: number }).scrollTop = 100_000));
    await page.getByTestId("probe-row").filter({ hasText: "Database port" }).first().waitFor();
    expect(await page.getByTestId("probe-row").count()).toBeLessThan(60);
    await page.getByTestId("probe-kind").selectOption("passive");
    await page.getByTestId("probe-filter").fill("kind:passive name:backup");
    await page.getByTestId("probe-shown").getByText("625 probes").waitFor();
    await page.getByTestId("probe-filter").fill("health:unhealthy tag:shop name:api");
    await page.getByTestId("probe-shown").getByText("625 probes").waitFor();
    hub.probes.change(probeId("api"), { health: "healthy", detail: "status 200" });
    await page.getByTestId("probe-shown").getByText("624 probes").waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toContain("tag:shop");
    // By keyboard: down to the first, then in.
    await page.getByTestId("probe-filter").blur();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByTestId("probe-page").waitFor();
    expect(browser.complaints).toEqual([]);
  });

  test("[UI41] a probe whose way is gone says so in its form, and can be made to look from the hub", async () => {
    await using hub = await startStandInHub();
    await using browser = await openBrowser();
    const { page } = browser;
    hub.probes.change(probeId("database"), { via: { serverId: "00000000-0000-4000-8000-000000000000", name: "" } });
    await page.goto(`${hub.url}/probes/${probeId("database")}/edit`);
    await page.getByTestId("probe-via").locator("option:checked").getByText("a server that is gone").waitFor({
      state: "attached",
    });
    await page.getByTestId("probe-via").selectOption({ label: "the hub" });
    await page.getByTestId("probe-save").click();
    await page.getByTestId("probe-page").waitFor();
    expect(hub.asked.at(-1)).toMatchObject({ via: null });
    expect(browser.complaints).toEqual([]);
  });

  test("[UI41] an act of a kind asks for what it needs, says that it is dangerous, and shows what came of it", async () => {
    await using hub = await startStandInHub();
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${hub.url}/probes/${probeId("cache")}`);
    await page.getByTestId("probe-acts").click();
    await page.getByTestId("act-clear").click();
    await page.getByTestId("act-submit").click();
    await page.getByText("must be filled in").waitFor();
    expect(hub.asked, "nothing was asked for").toEqual([]);
    await page.getByTestId("field-pattern").fill("cache:*");
    await page.getByTestId("act-submit").click();
    await page.locator('[data-testid="act-outcome"][data-outcome="succeeded"]').waitFor();
    expect(hub.asked).toEqual([{ arguments: { pattern: "cache:*", everything: false } }]);
    expect(await page.getByTestId("act-report").textContent()).toBe("Keys removed812");
    expect(browser.complaints).toEqual([]);
  });
});
