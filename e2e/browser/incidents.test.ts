import { needs, waitFor } from "@muster/testkit";
import type { Right } from "@muster/core";
import { ALL_RIGHTS } from "@muster/core";
import type { Route } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { incidentId, ruleId } from "../stand-in/stand-in-alerts.ts";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import type { StandInHub, StandInOptions } from "../stand-in/stand-in-hub.ts";
import { probeId } from "../stand-in/stand-in-probes.ts";
import { HOSTILE, idOf } from "../stand-in/stand-in-servers.ts";
import { openBrowser } from "../support/browser.ts";
import type { Browser } from "../support/browser.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");
const HOUR = 3_600_000;

/** What the page told the browser to show, instead of the browser's own notices. */
const NOTICES = `window.notices = [];
  window.Notification = class {
    static permission = sessionStorage.getItem("allowed") ?? "default";
    static async requestPermission() {
      sessionStorage.setItem("allowed", "granted");
      return (this.permission = "granted");
    }
    constructor(title, options) {
      this.title = title;
      this.tag = options.tag;
      window.notices.push(this);
    }
    close() {}
  };`;

describeBrowser("incidents in a browser", () => {
  beforeAll(() => buildPrograms());

  /** A page on a hub with incidents, both ended with the test. */
  async function open(path: string, options: StandInOptions = {}) {
    const stack = new AsyncDisposableStack();
    const hub: StandInHub = stack.use(await startStandInHub({ incidentCopies: 1, ...options }));
    const browser: Browser = stack.use(await openBrowser());
    const { page } = browser;
    await page.addInitScript(NOTICES);
    await page.goto(hub.url + path);
    return {
      hub,
      browser,
      page,
      press: (id: string) => page.getByTestId(id).click(),
      row: (title: string) => page.getByTestId("incident-row").filter({ hasText: title }),
      titles: () => page.getByTestId("incident-link").allTextContents(),
      async [Symbol.asyncDispose]() {
        expect(browser.complaints, "nothing fails in the console").toEqual([]);
        await stack.disposeAsync();
      },
    };
  }

  test("[UI45] what needs somebody stands first; a new one, a worse one and one that is over are seen live, in the list and at the navigation", async () => {
    await using shown = await open("/incidents");
    const { hub, page, row } = shown;
    await row("db-1: Disk").waitFor();
    expect((await shown.titles())[0]).toContain("db-1: Disk");
    expect((await shown.titles()).at(-1), "somebody has it").toBe("build-7 is offline");
    const badge = page.getByTestId("open-incidents-count");
    expect(await badge.textContent()).toBe("8");
    expect(await badge.getAttribute("data-severity")).toBe("critical");
    hub.alerts.open("media-1: RAID is degraded");
    await row("media-1: RAID").waitFor();
    expect(await badge.textContent()).toBe("9");
    hub.alerts.change(incidentId("cpu"), { severity: "error" });
    await page.locator(`[data-incident="${incidentId("cpu")}"][data-severity="error"]`).waitFor();
    hub.alerts.change(incidentId("disk"), { state: "resolved", resolvedAt: Date.now() });
    await row("db-1: Disk").waitFor({ state: "detached" });
    expect(await page.getByTestId("incident-count-critical").textContent()).toMatch(/^2/);
    await page.getByTestId("incident-server").selectOption("web-1");
    await page.getByTestId("incident-shown").getByText("5 incidents").waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toBe("server:web-1");
    await page.getByTestId("incident-filter").fill("critical -acknowledged");
    await page.getByTestId("incident-shown").getByText("1 incident").waitFor();
  });

  test("[UI45] rows are acknowledged and snoozed one by one, by keyboard, and all that is picked", async () => {
    await using shown = await open("/incidents");
    const { hub, page, row } = shown;
    await row("Shop API").getByTestId("act-acknowledge").click();
    await row("Shop API").getByTestId("incident-acknowledged").waitFor();
    await row("Shop API").getByTestId("act-acknowledge").click();
    await row("Shop API").getByTestId("incident-acknowledged").waitFor({ state: "detached" });
    expect(hub.asked).toEqual([{ isAcknowledged: true }, { isAcknowledged: false }]);
    await row("web-2: CPU").getByTestId("act-wake").click();
    await row("web-2: CPU").getByTestId("incident-snoozed").waitFor({ state: "detached" });
    // By keyboard: the first, acknowledged; then the dialog, where the first choice has the focus.
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    await row("db-1: Disk").getByTestId("incident-acknowledged").waitFor();
    await page.keyboard.press("s");
    await page.getByTestId("snooze-60").click();
    await page.getByTestId("snooze-dialog").waitFor({ state: "detached" });
    const { until } = hub.asked.at(-1) as { readonly until: number };
    expect(Math.abs(until - Date.now() - HOUR)).toBeLessThan(60_000);
    await row("db-1: Disk").getByTestId("incident-snoozed").waitFor();
    await page.getByTestId("incident-filter").fill("warning");
    await page.getByTestId("incident-shown").getByText("3 incidents").waitFor();
    await shown.press("incident-pick-all");
    await page.getByTestId("incident-bulk").getByText("3 picked").waitFor();
    const before = hub.asked.length;
    await shown.press("bulk-acknowledge");
    await page
      .locator('[data-testid="incident-row"][data-acknowledged="false"]')
      .first()
      .waitFor({ state: "detached" });
    expect(hub.asked.slice(before)).toEqual([1, 2, 3].map(() => ({ isAcknowledged: true })));
    await shown.press("bulk-snooze");
    await page.getByTestId("snooze-until").fill("2020-01-01T08:00:00");
    await shown.press("snooze-submit");
    await page.getByText("must be in the future").waitFor();
    await shown.press("snooze-tomorrow");
    await page.getByTestId("snooze-dialog").waitFor({ state: "detached" });
    expect(new Date((hub.asked.at(-1) as { readonly until: number }).until).getUTCHours()).toBe(8);
    await shown.press("bulk-clear");
    await page.getByTestId("incident-bulk").waitFor({ state: "detached" });
  });

  test("[UI45] what is put off can be put off again when that is over; keys do nothing to what the filter hides", async () => {
    await using shown = await open("/incidents");
    const { hub, page, row } = shown;
    await row("web-2: CPU").getByTestId("act-wake").waitFor();
    hub.alerts.change(incidentId("cpu"), { snoozedUntil: Date.now() + 1_000 });
    await row("web-2: CPU").getByTestId("act-snooze").waitFor();
    await page.keyboard.press("j");
    await page.locator('[data-testid="incident-row"][data-selected="true"]').getByText("db-1: Disk").waitFor();
    await page.getByTestId("incident-filter").fill("offline");
    await page.getByTestId("incident-shown").getByText("1 incident").waitFor();
    await page.getByTestId("incident-filter").blur();
    await page.keyboard.press("a");
    await page.keyboard.press("s");
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    await waitFor(() => hub.asked.length > 0, { describe: "the one that is shown is asked for" });
    expect(hub.asked, "it was acknowledged, the hidden one was not").toEqual([{ isAcknowledged: false }]);
    expect(await page.getByTestId("snooze-dialog").count()).toBe(0);
    // Without the hub a key says what became of it. While the answer before is awaited it does nothing.
    await page.route("**/acknowledge", (route) => route.abort());
    const refusal = page.getByTestId("error").getByText("cannot be reached");
    await waitFor(
      async () => {
        await page.keyboard.press("a");
        return refusal.isVisible();
      },
      { describe: "a key says that the hub cannot be reached" },
    );
    shown.browser.forgive(/net::ERR_FAILED/);
  });

  test("[UI45] of thousands only those in sight are drawn; what is over is read page by page", async () => {
    await using shown = await open("/incidents", { incidentCopies: 500 });
    const { page } = shown;
    await page.getByTestId("incident-shown").getByText("4000 incidents").waitFor();
    expect(await page.getByTestId("incident-row").count()).toBeLessThan(60);
    await page.getByTestId("incident-filter").fill("offline");
    await page.getByTestId("incident-shown").getByText("500 incidents").waitFor();
    await shown.press("alert-tab-history");
    await page.getByTestId("incident-shown").getByText("100 incidents").waitFor();
    await shown.press("older");
    await page.getByTestId("incident-shown").getByText("130 incidents").waitFor();
    await page.getByTestId("older").waitFor({ state: "detached" });
    await page.getByTestId("incident-row").first().click();
    await page.locator('[data-testid="incident-page"][data-state="resolved"]').waitFor();
    expect(await page.getByTestId("incident-acknowledge").count()).toBe(0);
  });

  test("[UI50] the page of an incident shows what was seen, takes a note, and is followed to its end", async () => {
    await using shown = await open(`/incidents/${incidentId("disk")}`);
    const { hub, page } = shown;
    await page.getByTestId("evidence-chart").first().waitFor();
    expect(await page.getByTestId("evidence-chart").count()).toBe(3);
    expect(await page.getByTestId("evidence-processes").textContent()).toContain("postgres");
    expect(await page.getByTestId("evidence-log").textContent()).toContain("no space left on device");
    expect(await page.getByTestId("evidence-missing").textContent()).toContain("container statistics");
    expect(await page.getByTestId("delivery").count()).toBe(3);
    await page.getByTestId("note-text").fill("The backup\nfills it.");
    // Whoever is in a hurry presses twice while the hub thinks.
    const held: Route[] = [];
    await page.route("**/notes", (route) => void held.push(route));
    for (const _time of [1, 2]) await page.getByTestId("note-text").press("Control+Enter");
    await waitFor(() => held.length > 0, { describe: "the hub is asked" });
    await Promise.all(held.map((route) => route.continue()));
    await page.locator('[data-testid="timeline-entry"][data-kind="noted"]').getByText("fills it.").waitFor();
    expect(await page.getByTestId("note-text").inputValue()).toBe("");
    expect(hub.asked.length, "one note").toBe(1);
    await shown.press("incident-acknowledge");
    await page.locator('[data-testid="timeline-entry"][data-kind="acknowledged"]').waitFor();
    await shown.press("incident-snooze");
    await shown.press("snooze-15");
    await page.locator('[data-testid="timeline-entry"][data-kind="snoozed"]').waitFor();
    await shown.press("incident-wake");
    await page.getByTestId("incident-wake").waitFor({ state: "detached" });
    await shown.press("delivery-retry");
    await page.locator('[data-testid="delivery"][data-state="failed"]').waitFor({ state: "detached" });
    hub.alerts.change(incidentId("disk"), { state: "resolved", resolvedAt: Date.now(), wrongCount: 0 });
    await page.locator('[data-testid="incident-page"][data-state="resolved"]').waitFor();
    await page.getByTestId("evidence-similar").getByRole("link").click();
    await page.getByTestId("incident-title").getByText("CPU was").waitFor();
  });

  test("[UI50] each thing leads to where it can be looked at; a suggestion asks before anything is done", async () => {
    await using shown = await open(`/incidents/${incidentId("service")}`);
    const { hub, page } = shown;
    await shown.press("suggestion-restart");
    await page.getByTestId("bulk-submit").waitFor();
    expect(hub.asked, "nothing was asked for").toEqual([]);
    await shown.press("bulk-submit");
    await page.locator('[data-testid="bulk-progress"][data-state="over"]').waitFor();
    expect(hub.asked).toMatchObject([{ action: "service.restart" }]);
    await shown.press("bulk-close");
    await page.getByTestId("incident-members").getByRole("link", { name: "billing" }).click();
    await page.getByTestId("service-page").waitFor();
    expect(await page.getByTestId("open-incident").textContent()).toContain("billing has failed");
    await page.goto(`${hub.url}/incidents/${incidentId("disk")}`);
    await shown.press("member-history");
    await page.getByTestId("server-page").waitFor();
    expect(new URL(page.url()).searchParams.get("range")).toMatch(/^\d+\.\.\d+$/);
  });

  test("[UI51] overview, servers, services and probes show what is wrong with them, and nothing of others", async () => {
    await using shown = await open("/");
    const { hub, page } = shown;
    await page.getByTestId("open-incidents").getByText("8 open incidents").waitFor();
    expect(await page.getByTestId("open-incident").count()).toBe(3);
    await page.goto(`${hub.url}/servers/${idOf(1, 2)}`);
    await page.getByTestId("open-incident").first().waitFor();
    expect(await page.getByTestId("open-incident").allTextContents()).toEqual([
      expect.stringContaining("db-1: Disk"),
      expect.stringContaining("Inodes"),
    ]);
    await page.goto(`${hub.url}/probes/${probeId("api")}`);
    expect(await page.getByTestId("open-incident").textContent()).toContain("Shop API is unhealthy");
    await page.goto(`${hub.url}/probes/${probeId("shop")}`);
    await page.getByTestId("probe-page").waitFor();
    expect(await page.getByTestId("open-incidents").count()).toBe(0);
    // What is silenced is begun at the thing itself.
    await shown.press("probe-maintain");
    await shown.press("silence-this");
    await page.getByTestId("silence-reason").fill("New address");
    await shown.press("silence-submit");
    await page.getByTestId("silence-dialog").waitFor({ state: "detached" });
    expect(hub.asked.at(-1)).toMatchObject({ matcher: { probeIds: [probeId("shop")], serverIds: [] } });
    // The palette leads to the pages of alerting, and to what is open.
    const palette = page.getByPlaceholder("Server, service, probe, page or setting…");
    await page.keyboard.press("Control+k");
    await palette.fill("RAID");
    await page.getByText("Nothing found.").waitFor();
    await palette.fill("db-1: Disk");
    await page.getByRole("button", { name: "db-1: Disk / is 96 % full" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByTestId("incident-page").waitFor();
    await page.keyboard.press("Control+k");
    await palette.fill("Alert rules");
    await page.getByRole("button", { name: "Alert rules" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByTestId("rules-page").waitFor();
    expect(await page.getByTestId("nav-incidents").getAttribute("aria-current")).toBe("page");
  });

  test("[UI49] the browser tells of new incidents once each, after a press that allowed it, and leads to them", async () => {
    await using shown = await open("/incidents");
    const { hub, page } = shown;
    const notices = () => page.evaluate<string[]>("window.notices.map(({ title }) => title)");
    await page.getByTestId("incident-row").first().waitFor();
    hub.alerts.open("before anybody asked");
    await shown.row("before anybody asked").waitFor();
    expect(await notices()).toEqual([]);
    await page.getByTestId("incident-notices").click({ force: true });
    await waitFor(async () => (await page.evaluate("localStorage.getItem('muster.incident-notices')")) === '"on"', {
      describe: "the choice is kept",
    });
    await page.goto(`${hub.url}/services`);
    await page.getByTestId("open-incidents-count").getByText("9").waitFor();
    // What is open before the page is ready to tell is no news, so that they are opened until one is.
    let opened = 0;
    await waitFor(
      async () => {
        hub.alerts.open(`media-1: RAID ${opened++} is degraded`);
        return (await notices()).length > 0;
      },
      { describe: "one is told" },
    );
    expect((await notices())[0]).toMatch(/^critical: media-1: RAID \d+ is degraded$/);
    const subscribed = hub.messages.filter(({ t }) => t === "subscribe").length;
    hub.cut();
    await waitFor(() => hub.messages.filter(({ t }) => t === "subscribe").length > subscribed, {
      describe: "the page is back",
    });
    for (let number = 0; number < 5; number++) hub.alerts.open(`one of many ${number}`, "warning");
    await waitFor(
      async () =>
        (await notices()).some((title) => title.includes("one of many")) ||
        (await notices()).some((title) => title.includes("new incidents")),
      {
        describe: "those after it are told",
      },
    );
    const told = await notices();
    expect(new Set(told).size, "each once").toBe(told.length);
    await page.evaluate("window.notices[0].onclick()");
    await page.getByTestId("incident-title").getByText("media-1: RAID").waitFor();
  });

  test("[UI52] who may only look sees incidents and rules, and no button", async () => {
    const rights = ALL_RIGHTS.filter((right: Right) => right.endsWith(".read") && right !== "notifiers.read");
    await using shown = await open("/incidents", { rights });
    const { hub, page } = shown;
    await page.getByTestId("incident-row").first().waitFor();
    for (const id of ["incident-pick", "act-acknowledge", "alert-tab-notifiers"])
      expect(await page.getByTestId(id).count(), id).toBe(0);
    await page.goto(`${hub.url}/incidents/${incidentId("service")}`);
    await page.getByTestId("incident-timeline").waitFor();
    for (const id of ["incident-actions", "note-text", "incident-suggestions", "delivery-retry"])
      expect(await page.getByTestId(id).count(), id).toBe(0);
    await page.goto(`${hub.url}/rules/${ruleId("disk")}`);
    await page.getByTestId("rule-save").waitFor();
    expect(await page.getByTestId("rule-save").isDisabled()).toBe(true);
    expect(await page.getByTestId("rule-name").isDisabled()).toBe(true);
    await page.goto(`${hub.url}/silences`);
    await page.getByTestId("silence-row").first().waitFor();
    for (const id of ["silence-add", "silence-end"]) expect(await page.getByTestId(id).count(), id).toBe(0);
  });

  test("[XS-01] titles, members, log lines, processes, notes and answers of notifiers are text and nothing else", async () => {
    await using shown = await open(`/incidents/${incidentId("hostile")}`);
    const { hub, page } = shown;
    await page.getByTestId("evidence-log").waitFor();
    await page.getByTestId("note-text").fill(HOSTILE);
    await shown.press("note-add");
    await waitFor(async () => (await page.getByTestId("timeline-entry").filter({ hasText: "<img" }).count()) === 3, {
      describe: "the notes and the opening are there",
    });
    for (const id of ["incident-title", "incident-member", "evidence-log", "evidence-processes", "evidence-chart"])
      expect(await page.getByTestId(id).first().textContent(), id).toContain('<img src=x onerror="document.title=1">');
    for (const path of ["", "/incidents", "/incidents/history", "/notifiers", "/silences", "/rules"]) {
      await page.goto(hub.url + path);
      await page.locator("#content h1, #content h2, #content table").first().waitFor({ state: "attached" });
      expect(await page.locator("#content img").count(), path).toBe(0);
    }
    expect(await page.title()).not.toBe("1");
  });
});
