import { needs } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { incidentId, ruleId } from "../stand-in/stand-in-alerts.ts";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import type { StandInHub } from "../stand-in/stand-in-hub.ts";
import { notifierId } from "../stand-in/stand-in-notifiers.ts";
import { probeId } from "../stand-in/stand-in-probes.ts";
import { idOf } from "../stand-in/stand-in-servers.ts";
import { runId, taskId } from "../stand-in/stand-in-tasks.ts";
import { openBrowser } from "../support/browser.ts";
import { faultsOf, lookRuns, press, RUSSIAN_LOOKS, russianFaultsOf } from "../support/looks.ts";
import type { LookedAt } from "../support/looks.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");

const PAGES: readonly LookedAt[] = [
  { name: "overview", path: "/", there: "open-incident" },
  { name: "incidents", path: "/incidents", there: "incident-row" },
  {
    name: "incidents-picked",
    path: "/incidents?q=-acknowledged&sort=-since",
    there: "incident-row",
    async prepare(page) {
      for (const place of [0, 1, 2]) await page.getByTestId("incident-pick").nth(place).check();
      await page.getByTestId("incident-bulk").waitFor();
    },
  },
  { name: "history", path: "/incidents/history", there: "incident-row" },
  {
    name: "incident",
    path: `/incidents/${incidentId("disk")}`,
    there: "evidence-chart",
  },
  { name: "incident-holds", path: `/incidents/${incidentId("offline")}`, there: "incident-holds" },
  {
    name: "server-parents",
    path: `/servers/${idOf(1, 0)}/settings`,
    there: "parents-held",
    prepare: (page) => page.getByTestId("parents").scrollIntoViewIfNeeded(),
  },
  {
    name: "incident-evidence",
    path: `/incidents/${incidentId("hostile")}`,
    there: "evidence-missing",
    prepare: (page) => page.getByTestId("evidence-missing").scrollIntoViewIfNeeded(),
  },
  {
    name: "incident-suggestion",
    path: `/incidents/${incidentId("service")}`,
    there: "suggestion-restart",
    async prepare(page) {
      await page.locator('[data-testid="suggestion-restart"]:not([disabled])').waitFor();
      await press("suggestion-restart", "bulk-submit")(page);
    },
  },
  {
    name: "snooze",
    path: `/incidents/${incidentId("many")}`,
    there: "incident-actions",
    prepare: press("incident-snooze", "snooze-until"),
  },
  {
    name: "silence",
    path: `/incidents/${incidentId("disk")}`,
    there: "incident-actions",
    async prepare(page) {
      await press("incident-silence", "silence-reason")(page);
      await page.getByTestId("silence-submit").click();
    },
  },
  {
    name: "silences",
    path: "/silences",
    there: "silence-row",
    prepare: press("silences-ended", "silences-ended"),
  },
  { name: "rules", path: "/rules", there: "rule-row" },
  { name: "rule-kinds", path: "/rules/add", there: "kind-metric" },
  {
    name: "rule",
    path: `/rules/${ruleId("disk")}`,
    there: "rule-save",
    prepare: press("preview-run", "preview-found"),
  },
  {
    name: "rule-wrong",
    path: "/rules/add?kind=metric",
    there: "rule-save",
    async prepare(page) {
      await page.getByTestId("rule-metric").selectOption("memory_available_bytes");
      await page.getByTestId("rule-measure").selectOption("forecast");
      await page.getByTestId("level-warning").fill("much");
      await page.getByTestId("rule-scope").getByRole("button").nth(1).click();
      await page.getByTestId("rule-override-add").selectOption({ index: 1 });
      await page.getByTestId("rule-save").click();
    },
  },
  {
    name: "rule-log",
    path: "/rules/add?kind=log",
    there: "rule-save",
    async prepare(page) {
      await page.getByTestId("rule-files").fill("shop.log");
      await page.getByTestId("rule-pattern").fill("(");
      await page.getByTestId("rule-expression").check();
      await page.getByTestId("level-warning").fill("1.5");
      await page.getByTestId("rule-save").click();
    },
  },
  { name: "rule-service", path: `/rules/${ruleId("service")}`, there: "trouble-failed" },
  {
    name: "notifiers",
    path: "/notifiers",
    there: "delivery",
    async prepare(page) {
      await page.getByTestId("notifier-test").nth(2).click();
      await page.getByTestId("notifier-tested").waitFor();
    },
  },
  { name: "notifier-kinds", path: "/notifiers/add", there: "kind-webhook" },
  {
    name: "notifier",
    path: `/notifiers/${notifierId("pager")}`,
    there: "notifier-save",
    prepare: press("notifier-test", "notifier-tested"),
  },
  {
    name: "notifier-wrong",
    path: "/notifiers/add?kind=webhook",
    there: "notifier-save",
    async prepare(page) {
      await page.getByTestId("notifier-hours").getByRole("button").nth(1).click();
      await page.getByTestId("notifier-zone").fill("Atlantis");
      await page.getByTestId("notifier-save").click();
    },
  },
  { name: "server", path: `/servers/${idOf(1, 0)}`, there: "open-incident" },
  { name: "probe", path: `/probes/${probeId("api")}`, there: "open-incident" },
  { name: "tasks", path: "/tasks", there: "task-row" },
  {
    name: "task",
    path: `/tasks/${taskId("nightly")}`,
    there: "calendar-day",
    prepare: press("calendar-day", "day-runs"),
  },
  {
    name: "task-form",
    path: `/tasks/${taskId("rotate")}/edit`,
    there: "preview-slot",
    async prepare(page) {
      await page.getByTestId("task-whom").or(page.getByTestId("task-meant")).first().waitFor();
      await press("task-further", "task-retries")(page);
    },
  },
  { name: "run", path: `/runs/${runId("rotated")}`, there: "action-output" },
];

describeBrowser("how incidents look", () => {
  let hub: StandInHub;
  beforeAll(async () => {
    await buildPrograms();
    hub = await startStandInHub({ incidentCopies: 1 });
  });
  afterAll(() => hub?.[Symbol.asyncDispose]());

  test.each(lookRuns(PAGES, 5))(
    "%s and %s, %s: none of the pages is wider than its window, none has a serious fault of access, none complains",
    async (scheme, size, _names, pages, viewport) => {
      await using browser = await openBrowser({ scheme, ...viewport });
      expect(await faultsOf(browser, hub.url, pages, { prefix: "i-", size, scheme })).toEqual([]);
    },
  );

  test.each(RUSSIAN_LOOKS)("%s and %s, in Russian: words that are longer fit too", async (_scheme, size, viewport) => {
    await using browser = await openBrowser({ locale: "ru-RU", ...viewport });
    expect(await russianFaultsOf(browser, hub.url, PAGES, { prefix: "i-", size })).toEqual([]);
  });
});
