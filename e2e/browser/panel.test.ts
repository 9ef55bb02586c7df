import { needs, waitFor } from "@muster/testkit";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { joinAndStartAgent } from "../support/agent-program.ts";
import type { Browser } from "../support/browser.ts";
import { keepEvidence } from "../support/evidence.ts";
import { HubClient } from "../support/hub-client.ts";
import { ADMIN } from "../support/hub-program.ts";
import { startPanel } from "../support/panel.ts";
import type { Panel } from "../support/panel.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");
const evidence = keepEvidence();
const VIEWER = { name: "vera", password: "only looking around" } as const;
/** While a server's page is open it reports every second. */
const FOCUS_MS = 1_000;

describeBrowser("the panel in a browser", () => {
  let panel: Panel;
  let browser: Browser | undefined;
  let page: Page;

  /** Opens a fresh browser for this test. */
  const look = async (who: "nobody" | "signed-in" = "signed-in", path = "/"): Promise<void> => {
    browser = await panel.browse(who);
    page = browser.page;
    await page.goto(panel.url + path);
  };
  const signIn = async (name: string, password: string): Promise<void> => {
    await page.getByTestId("login-name").fill(name);
    await page.getByTestId("login-password").fill(password);
    await page.getByTestId("login-submit").click();
  };
  const row = (name: string) => page.getByTestId("server-row").filter({ hasText: name });
  /** When the newest reading of a server was taken, as the overview shows it. */
  const ageOf = async (name: string): Promise<number> =>
    Date.parse((await row(name).locator("time").getAttribute("datetime")) ?? "");
  const newestDrawn = async (chart: string): Promise<number> =>
    Number(await page.getByTestId(`plot-${chart}`).getAttribute("data-at"));
  const openServer = async (name: string): Promise<void> => {
    await row(name).getByTestId("server-link").click();
    await page.getByTestId("server-page").waitFor();
  };

  beforeAll(async () => {
    await buildPrograms();
    panel = await startPanel(evidence, { administrator: "link", env: { MUSTER_INTERVAL_MS: "2000" } });
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());
  afterEach(async () => {
    const complaints = browser?.complaints ?? [];
    await browser?.[Symbol.asyncDispose]();
    browser = undefined;
    expect(complaints, "[XS-02] nothing violates the content security policy or fails in the console").toEqual([]);
  });

  test("the one-time link makes the first administrator, and an empty fleet asks for a server", async () => {
    expect(panel.hub.setupUrl).toMatch(new RegExp(`^${panel.url}/setup#`));
    await look("nobody", "/");
    await page.getByTestId("setup-needed").waitFor();
    await page.goto(panel.hub.setupUrl ?? "");
    await page.getByTestId("setup-name").fill(ADMIN.name);
    await page.getByTestId("setup-password").fill(ADMIN.password);
    await page.getByTestId("setup-repeat").fill("something else");
    expect(await page.getByTestId("setup-submit").isDisabled()).toBe(true);
    await page.getByTestId("setup-repeat").fill(ADMIN.password);
    await page.getByTestId("setup-submit").click();
    await page.getByTestId("empty-fleet").waitFor();
    expect(page.url()).toBe(`${panel.url}/`);
    await panel.client.signIn(ADMIN.name, ADMIN.password);
  });

  test("adding a server shows a line to paste, waits, and says live that it joined", async () => {
    await look();
    await page.getByTestId("empty-add").click();
    await page.getByTestId("join-name").fill("machine-1");
    await page.getByTestId("join-tags").fill("lab, prod");
    await page.getByTestId("join-make").click();
    const command = (await page.getByTestId("join-command").textContent()) ?? "";
    expect(command).toContain(`curl -fsSL ${panel.url}/agent/install.sh`);
    const token = /mst1\.[^']+/.exec(command)?.[0] ?? "";
    expect(await page.getByTestId("join-wait").getAttribute("data-status")).toBe("waiting");
    const agent = await joinAndStartAgent(panel.url, token, "machine-1", { state: panel.directory.file("agent-1") });
    agents.use(agent);
    evidence.add("machine-1.log", () => agent.output);
    await page.getByTestId("joined").waitFor();
    expect(await page.getByTestId("joined").textContent()).toContain("machine-1 joined");
    await page.getByTestId("joined-open").click();
    await page.getByTestId("server-page").waitFor();
    expect(await page.getByTestId("server-name").textContent()).toBe("machine-1");
  });
  const agents = new AsyncDisposableStack();
  afterAll(() => agents.disposeAsync());

  test("the overview shows machines live: their values change under the eye", async () => {
    await panel.addAgent("machine-2");
    await look();
    await row("machine-1").and(page.locator('[data-state="online"]')).waitFor();
    await row("machine-2").and(page.locator('[data-state="online"]')).waitFor();
    expect(await page.getByTestId("count-online").textContent()).toMatch(/^2 \/ 2/);
    for (const name of ["machine-1", "machine-2"]) {
      const first = await waitFor(() => ageOf(name), { describe: `${name} has an age` });
      await waitFor(async () => (await ageOf(name)) > first, {
        timeoutMs: 15_000,
        describe: async () => `${name} has a newer reading than ${first}; it has ${await ageOf(name)}`,
      });
    }
    const cells = await row("machine-1").getByRole("cell").allTextContents();
    expect(cells.join(" ")).toContain("lab");
    await page.getByTestId("filter").fill("tag:prod");
    await row("machine-2").waitFor({ state: "detached" });
    expect(new URL(page.url()).searchParams.get("q")).toBe("tag:prod");
    await page.reload();
    await row("machine-1").waitFor();
    expect(await page.getByTestId("server-row").count()).toBe(1);
  });

  test("a server's charts draw and move once a second; range and tab are in the address and survive a reload", async () => {
    await look();
    await openServer("machine-1");
    await page.getByTestId("plot-cpu").locator("canvas").waitFor();
    const seen: number[] = [];
    await waitFor(
      async () => {
        const at = await newestDrawn("cpu");
        if (at !== seen.at(-1) && !Number.isNaN(at)) seen.push(at);
        return seen.length >= 8;
      },
      { timeoutMs: 25_000, describe: () => `eight readings are drawn; drawn were ${seen.join(", ")}` },
    );
    const steps = seen.slice(1).map((at, index) => at - seen[index]!);
    // The first may still come at the usual pace.
    expect(
      steps.slice(-4).every((step) => step > 0.5 * FOCUS_MS && step < 2 * FOCUS_MS),
      steps.join(", "),
    ).toBe(true);
    expect(Date.now() - seen.at(-1)!).toBeLessThan(3 * FOCUS_MS);
    const inked = await page.evaluate<number>(`(() => {
      const canvas = document.querySelector('[data-testid="plot-cpu"] canvas');
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, index) => index % 4 === 3 && value > 0).length;
    })()`);
    expect(inked).toBeGreaterThan(500);

    await page.getByTestId("ranges").locator('[data-value="6h"]').click();
    expect(new URL(page.url()).searchParams.get("range")).toBe("6h");
    await page.reload();
    await page.getByTestId("ranges").locator('[data-value="6h"][aria-pressed="true"]').waitFor();
    await page.getByTestId("plot-cpu").locator("canvas").waitFor();

    await page.getByTestId("tab-processes").click();
    await page.getByTestId("process-row").first().waitFor();
    expect(await page.getByTestId("process-row").count()).toBeGreaterThan(3);
    await page.getByTestId("process-filter").fill("dist/agent.mjs");
    await waitFor(
      async () => (await page.getByTestId("process-row").allTextContents()).every((text) => text.includes("agent.mjs")),
      {
        describe: "only agents are left in the list",
      },
    );
    await page.reload();
    await page.getByTestId("process-row").first().waitFor();
    expect(await page.getByTestId("process-filter").inputValue()).toBe("dist/agent.mjs");
  });

  test("renaming shows everywhere, and a ping tells how it ended", async () => {
    await look();
    await openServer("machine-2");
    await page.getByTestId("tab-settings").click();
    await page.getByTestId("setting-name").fill("renamed-2");
    await page.getByTestId("setting-save").click();
    await page.getByTestId("server-name").filter({ hasText: "renamed-2" }).waitFor();
    await page.getByTestId("ping").click();
    const outcome = page.getByTestId("ping-outcome").and(page.locator('[data-outcome="succeeded"]'));
    await outcome.waitFor();
    expect(await outcome.textContent()).toMatch(/succeeded in \d+ ms/);
    await outcome.getByRole("link").click();
    await page.getByTestId("audit-row").filter({ hasText: "agent.ping" }).first().waitFor();
    await page.getByTestId("nav-servers").click();
    await row("renamed-2").waitFor();
  });

  test("signing out leads to the sign-in, a wrong password is said, and the right one opens the page that was asked for", async () => {
    await look("nobody", "/audit");
    await signIn(ADMIN.name, "not this one, surely");
    await page.getByTestId("error").waitFor();
    expect(await page.getByTestId("error").textContent()).toContain("The user name or the password is wrong.");
    browser?.forgive(/status of 401/);
    await signIn(ADMIN.name, ADMIN.password);
    await page.getByTestId("audit").waitFor();
    await page.getByTestId("nav-account").click();
    await page.getByTestId("sign-out").click();
    await page.getByTestId("login-name").waitFor();
    await page.goBack();
    await page.getByTestId("login-name").waitFor();
    expect(await page.getByTestId("server-row").count()).toBe(0);
  });

  test("a viewer sees servers, no administrator's pages, and the hub refuses the rest", async () => {
    await panel.client.call("POST /api/v1/users", { body: { ...VIEWER, role: "viewer" } });
    await look("nobody");
    await signIn(VIEWER.name, VIEWER.password);
    await row("machine-1").waitFor();
    for (const key of ["users", "audit", "add"]) expect(await page.getByTestId(`nav-${key}`).count(), key).toBe(0);
    await page.goto(`${panel.url}/users`);
    await page.getByTestId("error").waitFor();
    expect(await page.getByTestId("users").count()).toBe(0);
    browser?.forgive(/status of 403/);
    const client = new HubClient({ publicUrl: panel.url });
    await client.signIn(VIEWER.name, VIEWER.password);
    const { id } = await panel.client.server("machine-1");
    for (const refusal of [
      await client.refusal("GET /api/v1/users"),
      await client.refusal("GET /api/v1/audit"),
      await client.refusal("POST /api/v1/join-tokens", { body: { name: "mine" } }),
      await client.refusal("PATCH /api/v1/servers/{id}", { params: { id }, body: { name: "mine" } }),
      await client.refusal("POST /api/v1/users", {
        body: { name: "mallory", password: "x".repeat(20), role: "admin" },
      }),
    ])
      expect(refusal).toMatchObject({ status: 403, code: "FORBIDDEN" });
    await page.goto(`${panel.url}/servers/${id}/settings`);
    await page.getByTestId("setting-name").waitFor();
    expect(await page.getByTestId("setting-name").isDisabled()).toBe(true);
    for (const control of ["setting-save", "revoke", "delete"])
      expect(await page.getByTestId(control).count(), control).toBe(0);
  });

  test("while the hub is away a banner says so; it heals by itself, history is there and live goes on", async () => {
    await look();
    await openServer("machine-1");
    await page.getByTestId("plot-cpu").locator("canvas").waitFor();
    // A share of time needs two readings, so the first point drawn has none yet.
    const first = await waitFor(() => newestDrawn("cpu"), { describe: "something is drawn" });
    await waitFor(async () => (await newestDrawn("cpu")) > first + 2 * FOCUS_MS, {
      timeoutMs: 15_000,
      describe: "two more readings are drawn",
    });
    await panel.stopHub();
    await page.getByTestId("link-banner").waitFor();
    const before = await newestDrawn("cpu");
    await panel.startHub();
    await page.getByTestId("link-banner").waitFor({ state: "detached", timeout: 30_000 });
    const backAt = Date.now();
    await waitFor(async () => (await newestDrawn("cpu")) > backAt, {
      timeoutMs: 30_000,
      describe: async () =>
        `a reading newer than ${backAt} is drawn, beyond ${before}; drawn is ${await newestDrawn("cpu")}`,
    });
    browser?.forgive(/WebSocket|net::ERR_|status of 50\d/);
    await page.reload();
    await page.getByTestId("plot-cpu").locator("canvas").waitFor();
    const { id } = await panel.client.server("machine-1");
    const { series } = await panel.client.call("GET /api/v1/metrics/query", {
      query: { server: id, metric: "cpu_busy_ratio", from: before - 5_000, to: before + 1, step: 5_001 },
    });
    expect(series[0]?.values[0]).toEqual(expect.any(Number));
  });

  test("the palette finds servers, pages and settings by keyboard alone", async () => {
    await look();
    await row("machine-1").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.type("machine-1");
    await page.getByRole("dialog").getByText("machine-1").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByTestId("server-page").waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.goto(panel.url);
    await row("machine-1").waitFor();
    await page.keyboard.press("/");
    await page.locator('[data-testid="filter"]:focus').waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.locator('[data-testid="server-row"][data-selected="true"]').waitFor();
    await page.keyboard.press("Enter");
    await page.getByTestId("server-page").waitFor();
  });

  test("in Russian every page is Russian, after a reload too", async () => {
    await look("signed-in", "/account");
    await page.getByTestId("language").locator('[data-value="ru"]').click();
    await page
      .getByTestId("nav-servers")
      .filter({ hasText: /[А-Яа-я]{4,}/ })
      .waitFor();
    const { id } = await panel.client.server("machine-1");
    for (const path of [
      "/",
      `/servers/${id}`,
      `/servers/${id}/processes`,
      `/servers/${id}/settings`,
      "/add",
      "/users",
      "/tokens",
      "/audit",
      "/status",
      "/settings/history",
      `/compare?servers=${id}`,
      "/account",
    ]) {
      await page.goto(panel.url + path);
      await page.locator("main h1, main h2").first().waitFor();
      const text = await page.locator("body").innerText();
      expect(text, path).toMatch(/[А-Яа-я]{4,}/);
      // A missing text shows its key; in the audit log names of actions look like one.
      if (path === "/audit") continue;
      expect(text, path).not.toMatch(
        /\b(?:nav|common|overview|server|settings|audit|users|tokens|hub|account|range|chart|compare|fleet|history)\.[a-zA-Z]/,
      );
    }
    expect(await page.locator("html").getAttribute("lang")).toBe("ru");
  });
});
