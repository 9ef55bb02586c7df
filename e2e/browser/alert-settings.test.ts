import { needs, waitFor } from "@muster/testkit";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ruleId } from "../stand-in/stand-in-alerts.ts";
import { notifierId } from "../stand-in/stand-in-notifiers.ts";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import type { StandInHub } from "../stand-in/stand-in-hub.ts";
import { openBrowser } from "../support/browser.ts";
import type { Browser } from "../support/browser.ts";
import { handsAt } from "../support/hands.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");
const HOUR = 3_600_000;

describeBrowser("rules, notifiers and silences in a browser", () => {
  let hub: StandInHub;
  let browser: Browser;

  const { page, at, look, press, fill, focused } = handsAt(
    () => browser,
    () => hub.url,
  );
  const rule = (name: string) => at("rule-row").filter({ hasText: name });
  const notifier = (name: string) => at("notifier-row").filter({ has: page().getByText(name, { exact: true }) });
  const last = () => hub.asked.at(-1);

  beforeAll(() => buildPrograms());
  beforeEach(async () => {
    hub = await startStandInHub({ incidentCopies: 1 });
    browser = await openBrowser();
  });
  afterEach(async () => {
    const { complaints } = browser;
    await browser[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
    expect(complaints, "nothing fails in the console").toEqual([]);
  });
  test("[UI46] rules stand by what they watch, with what is open of them, and are switched off and on", async () => {
    await look("/rules");
    await rule("Disk is nearly full").getByTestId("rule-open").waitFor();
    expect(await rule("Disk is nearly full").textContent()).toMatch(/above 85.0 %.*above 95.0 %.*2 open/);
    expect(await at("rules-certificate").textContent()).toContain("14 d before its end");
    await rule("Disk is nearly full").getByTestId("rule-switch").click({ force: true });
    await page()
      .locator(`[data-rule="${ruleId("disk")}"][data-enabled="false"]`)
      .waitFor();
    expect(last()).toMatchObject({ name: "Disk is nearly full", isEnabled: false, noData: "keep" });
    await rule("Disk is nearly full").getByTestId("rule-open").click();
    await at("incident-shown").getByText("2 incidents").waitFor();
  });

  test("[UI46] a rule of a metric is filled in by people's units, tried on the past, and added", async () => {
    await look("/rules");
    await press("rule-add");
    await press("kind-metric");
    await fill("rule-metric-find", "available");
    await at("rule-metric-find").press("Enter");
    expect(await page().getByText("must be filled in").count(), "looking for a metric sends nothing").toBe(0);
    await at("rule-metric").selectOption("filesystem_available_bytes");
    await press("rule-save");
    await page().getByText("must hold at least one level").waitFor();
    expect(await focused()).toBe("level-info");
    await at("rule-comparison").selectOption("below");
    await at("rule-unit").selectOption("gib");
    await fill("level-warning", "5");
    await fill("level-critical", "20");
    await page().getByText("each worse level must be lower").waitFor();
    await fill("level-critical", "1,5");
    await fill("rule-clear", "2");
    await page().getByText("must be at least the first level").waitFor();
    await fill("rule-clear", "6");
    await fill("rule-labels", "mount=/data*");
    await press("preview-run");
    await page().locator('[data-testid="preview-found"][data-count="3"]').waitFor();
    expect(await at("preview-incident").count()).toBe(3);
    const preview = last() as { readonly from: number; readonly to: number };
    expect(preview.to - preview.from).toBe(24 * HOUR);
    await fill("rule-for", "10");
    await page().getByText("The rule is another one now").waitFor();
    await at("rule-scope").getByRole("button").nth(1).click();
    await fill("rule-tags", "prod");
    await at("rule-override-add").selectOption({ label: "web-1" });
    await at("rule-override").getByTestId("level-warning").fill("2");
    await fill("rule-name", "Disk is nearly full");
    await press("rule-save");
    await page().getByText("is taken").waitFor();
    browser.forgive(/status of 409/);
    expect(await at("level-warning").first().inputValue(), "what was typed stays").toBe("5");
    await fill("rule-name", "Room on data disks");
    await press("rule-save");
    await rule("Room on data disks").waitFor();
    expect(last()).toMatchObject({
      name: "Room on data disks",
      condition: {
        metric: "filesystem_available_bytes",
        labels: { mount: "/data*" },
        comparison: "below",
        levels: [
          { severity: "warning", threshold: 5 * 1_024 ** 3 },
          { severity: "critical", threshold: 1.5 * 1_024 ** 3 },
        ],
        clearAt: 6 * 1_024 ** 3,
      },
      scope: { is: "some", tags: ["prod"] },
      overrides: [{ levels: [{ severity: "warning", threshold: 2 * 1_024 ** 3 }] }],
      forMs: 600_000,
    });
  });

  test("[UI46] rules of every other condition are added, edited, and deleted after a question", async () => {
    for (const kind of ["offline", "service", "probe", "certificate", "hub"]) {
      await look(`/rules/add?kind=${kind}`);
      await fill("rule-name", `Another ${kind}`);
      await press("rule-save");
      await rule(`Another ${kind}`).waitFor();
      expect(last()).toMatchObject({ condition: { is: kind } });
    }
    await rule("Another service").getByTestId("rule-link").click();
    await at("trouble-stopped").selectOption("warning");
    await fill("rule-services", "shop-*");
    await at("rule-told").getByRole("button").nth(1).click();
    await at(`rule-notifiers-${notifierId("pager")}`).check();
    await press("rule-save");
    await rule("Another service").waitFor();
    expect(last()).toMatchObject({
      condition: { names: ["shop-*"], severities: { stopped: "warning", failed: "error" } },
      notifierIds: [notifierId("pager")],
    });
    await rule("Another service").getByTestId("rule-link").click();
    await press("rule-delete");
    await press("confirm-submit");
    await at("rules-page").waitFor();
    await rule("Another service").waitFor({ state: "detached" });
  });

  test("[UI47] a notifier is added by the form of its kind, tried at once, and its secret replaced and removed without being shown", async () => {
    await look("/notifiers");
    await press("notifier-add");
    await press("kind-webhook");
    await press("notifier-save");
    await page().getByText("must be filled in").waitFor();
    expect(await focused()).toBe("field-url");
    await fill("field-url", "https://bridge.example/alerts");
    await fill("link-secret", "s3cret");
    await at("notifier-severity").selectOption("error");
    await fill("notifier-delay", "15");
    await at("notifier-hours").getByRole("button").nth(1).click();
    await fill("notifier-zone", "Atlantis");
    await press("notifier-save");
    await page().getByText("must be a time zone").waitFor();
    await fill("notifier-zone", "Europe/Berlin");
    await at("span-day-6").check();
    await at("notifier-fallback").selectOption({ label: "Chat" });
    await press("notifier-save");
    await at("edit-notifier").waitFor();
    expect(last()).toMatchObject({
      kind: "webhook",
      name: "Webhook",
      secret: "s3cret",
      severityLeast: "error",
      delayMs: 900_000,
      fallbackId: notifierId("chat"),
      hours: { zone: "Europe/Berlin", spans: [{ days: [1, 2, 3, 4, 5, 6] }] },
    });
    await press("notifier-test");
    await page().locator('[data-testid="notifier-tested"][data-outcome="sent"]').waitFor();
    expect(await page().content()).not.toContain("s3cret");
    // Another address is another place to tell: the hub forgets the secret, and the form says so before.
    await fill("field-url", "https://other.example/");
    await at("link-secret").waitFor();
    await fill("field-url", "https://bridge.example/alerts");
    await press("secret-remove");
    await press("notifier-save");
    await at("notifier-saved").waitFor();
    expect(last()).toMatchObject({ secret: null });
    expect(await at("secret-state").count()).toBe(0);
    await fill("notifier-name", "Bridge");
    await press("notifier-save");
    await waitFor(() => (last() as { readonly name?: string }).name === "Bridge", { describe: "it was saved" });
    expect(last()).not.toHaveProperty("secret");
    await press("notifier-delete");
    await press("confirm-submit");
    await at("notifiers-page").waitFor();
    await notifier("Bridge").waitFor({ state: "detached" });
  });

  test("[UI47] the list says how each does and what a test came to, and what was given up is tried once more", async () => {
    await look("/notifiers");
    await notifier("Pager").waitFor();
    expect(await notifier("Pager").textContent()).toMatch(/fails.*2 wait.*ECONNREFUSED/);
    expect(await notifier("Pager").textContent()).toMatch(/after 15m.*again every 4h.*at certain hours.*else Chat/);
    for (const state of ["stopped", "working", "untried", "failing"])
      expect(await page().locator(`[data-testid="notifier-row"][data-state="${state}"]`).count(), state).toBe(1);
    await notifier("Pager").getByTestId("notifier-test").click();
    await page()
      .locator('[data-testid="notifier-tested"][data-outcome="failed"]')
      .getByText("connection refused")
      .waitFor();
    await notifier("Chat").getByTestId("notifier-switch").click({ force: true });
    await notifier("Chat").getByText("off").waitFor();
    expect(last()).toEqual({ isEnabled: false });
    await at("delivery-state").getByText("given up").click();
    await waitFor(async () => (await at("delivery").count()) === 1, { describe: "only what was given up" });
    expect(new URL(page().url()).searchParams.get("state")).toBe("failed");
    await press("delivery-retry");
    await page().getByText("Nothing here.").waitFor();
    await at("delivery-state").getByText("waiting").click();
    await waitFor(async () => (await at("delivery").count()) === 2, { describe: "it waits" });
  });

  test("[UI46] [UI47] what somebody else deleted is told where it stands and can be let go of; a switch undoes nothing of others", async () => {
    const elsewhere = (method: string, path: string, data?: unknown) =>
      page().request.fetch(`${hub.url}/api/v1${path}`, { method, ...(data !== undefined && { data }) });
    const chat = `rule-notifiers-${notifierId("chat")}`;
    await look("/rules");
    await rule("Disk is nearly full").waitFor();
    const { items } = (await (await elsewhere("GET", "/rules")).json()) as { items: { id: string }[] };
    const disk = items.find(({ id }) => id === ruleId("disk"));
    await elsewhere("PUT", `/rules/${ruleId("disk")}`, { ...disk, forMs: 123_000 });
    await rule("Disk is nearly full").getByTestId("rule-switch").click({ force: true });
    await page()
      .locator(`[data-rule="${ruleId("disk")}"][data-enabled="false"]`)
      .waitFor();
    expect(last()).toMatchObject({ isEnabled: false, forMs: 123_000 });
    await rule("Disk is nearly full").getByTestId("rule-link").click();
    await at("rule-told").getByRole("button").nth(1).click();
    await at(chat).check();
    await elsewhere("DELETE", `/notifiers/${notifierId("chat")}`);
    await press("rule-save");
    await at("rule-notifiers").getByText("there is no such notifier any more").waitFor();
    await at(chat).uncheck();
    await press("rule-save");
    await at("rules-page").waitFor();
    expect(last()).toMatchObject({ notifierIds: [] });
    await look(`/notifiers/${notifierId("pager")}`);
    await press("notifier-save");
    await page().getByText("there is no such notifier any more").waitFor();
    expect(await focused()).toBe("notifier-fallback");
    await at("notifier-fallback").selectOption("");
    await press("notifier-save");
    await at("notifier-saved").waitFor();
    expect(last()).toMatchObject({ fallbackId: null });
    browser.forgive(/status of 404/);
  });

  test("[UI62] texts of one's own are previewed in the form, and a text goes by hand to a chat of Telegram", async () => {
    const settings = { chatId: "-100", apiUrl: "https://api.telegram.org" };
    const data = { kind: "telegram", name: "Bot", settings, secret: "1:x" };
    const made = await page().request.fetch(`${hub.url}/api/v1/notifiers`, { method: "POST", data });
    await look(`/notifiers/${((await made.json()) as { id: string }).id}`);
    await page().locator("summary").first().click();
    await page().getByLabel("Text of one's own").fill("{{tilte}}");
    await press("notifier-save");
    await page().getByText("knows no {{tilte}}").waitFor();
    expect(await at("notice-preview-run").isDisabled()).toBe(true);
    await page().getByLabel("Text of one's own").fill("Ours {{duration}}");
    await press("notice-preview-run");
    await page().locator('[data-testid="notice-previewed"][data-kind="resolved"]').getByText("Ours 42 min").waitFor();
    expect(await at("notice-previewed").count()).toBe(3);
    expect(await at("hand-send").isDisabled()).toBe(true);
    await fill("hand-text", "New disks tonight");
    await press("hand-send");
    await page().locator('[data-testid="hand-sent"][data-outcome="sent"]').waitFor();
    expect(last()).toEqual({ text: "New disks tonight" });
    expect(await at("hand-text").inputValue()).toBe("");
    await press("hand-warn");
    await waitFor(() => JSON.stringify(last()).includes("warn"), { describe: "the report is asked for" });
    expect(last()).toEqual({ report: "warn", language: "en" });
  });

  test("[UI48] a silence is begun now or planned, says what is meant by names, and is ended after a question", async () => {
    await look("/silences");
    await at("silences-active").getByText("Moved to another rack").waitFor();
    expect(await at("silences-planned").textContent()).toMatch(/Tags of servers: prod.*Services: shop-\*/);
    expect(await at("silences-active").textContent()).toContain("Server is offline");
    await press("silence-add");
    await press("silence-submit");
    await at("silence-matcher-error").waitFor();
    await page().getByText("must be filled in").waitFor();
    await fill("silence-reason", "New switch");
    await at("silence-servers").getByLabel("db-1").check();
    await at("silence-length").getByText("4h").click();
    await press("silence-submit");
    await at("silence-dialog").waitFor({ state: "detached" });
    await at("silences-active").getByText("New switch").waitFor();
    const { until } = last() as { readonly until: number };
    expect(Math.abs(until - Date.now() - 4 * HOUR)).toBeLessThan(60_000);
    await press("silence-add");
    await at("silence-begins").getByText("planned").click();
    await fill("silence-from", "2030-01-01T22:00:00");
    await at("silence-length").getByText("until…").click();
    await fill("silence-until", "2030-01-01T21:00:00");
    await press("silence-more");
    await fill("silence-services", "nginx*");
    await fill("silence-reason", "Release");
    await press("silence-submit");
    await page().getByText("must be later than the beginning").waitFor();
    await fill("silence-until", "2030-01-02T02:00:00");
    await press("silence-submit");
    await at("silences-planned").getByText("Release", { exact: true }).waitFor();
    await at("silences-active")
      .getByTestId("silence-row")
      .filter({ hasText: "New switch" })
      .getByTestId("silence-end")
      .click();
    await press("confirm-submit");
    await at("silences-active").getByText("New switch").waitFor({ state: "detached" });
    await press("silences-ended");
    await at("silences-ended")
      .getByText("New switch")
      .or(at("silences-page").getByText("New switch"))
      .first()
      .waitFor();
  });

  test("[UI53] [XS-01] an account makes a code for Telegram, shows whom a bot takes for it, and ends that", async () => {
    await look("/account");
    await at("telegram").getByText("Olga <b>B</b>").waitFor();
    await press("telegram-bind");
    expect(await at("telegram-code").textContent()).toBe("/start 7K2M-9QXD");
    expect(await at("telegram").getByText("@muster_example_bot").getAttribute("href")).toBe(
      "https://t.me/muster_example_bot?start=7K2M-9QXD",
    );
    await at("telegram").getByText("End all bindings").click();
    await at("telegram").getByText("Olga").waitFor({ state: "detached" });
  });

  test("[UI61] a status page is filled in, added, switched off and deleted", async () => {
    await look("/status-pages");
    await at("status-pages-none").waitFor();
    await press("status-page-add");
    await press("status-page-save");
    expect(await focused()).toBe("status-page-name");
    await fill("status-page-name", "Our shop");
    await fill("status-page-slug", "shop");
    await at("status-page-enabled").click({ force: true });
    await at("status-page-servers").getByText("web-1", { exact: true }).click();
    await fill("status-page-item-name", "Web site");
    await at("status-page-announced").getByRole("button").nth(2).click();
    await fill("status-page-announcement", "New disks");
    await press("status-page-save");
    await at("status-page-row").getByText("/status/shop").waitFor();
    expect(last()).toMatchObject({
      ...{ slug: "shop", isEnabled: true, showsDays: true, items: [{ kind: "server", name: "Web site" }] },
      announcement: { kind: "maintenance", text: "New disks", until: null },
    });
    await press("status-page-link");
    await at("status-page-enabled").click({ force: true });
    await press("status-page-save");
    await at("status-page-saved").waitFor();
    expect(last()).toMatchObject({ isEnabled: false });
    await press("status-page-delete");
    await press("confirm-submit");
    await at("status-pages-none").waitFor();
  });
});
