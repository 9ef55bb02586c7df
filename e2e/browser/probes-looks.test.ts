import { needs } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import type { StandInHub } from "../stand-in/stand-in-hub.ts";
import { probeId } from "../stand-in/stand-in-probes.ts";
import { idOf } from "../stand-in/stand-in-servers.ts";
import { openBrowser } from "../support/browser.ts";
import { faultsOf, lookRuns, press, RUSSIAN_LOOKS, russianFaultsOf } from "../support/looks.ts";
import type { LookedAt } from "../support/looks.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");

const PAGES: readonly LookedAt[] = [
  { name: "probes", path: "/probes", there: "probe-row" },
  { name: "probes-filtered", path: "/probes?q=kind:http%20-paused&sort=-took", there: "probe-row" },
  {
    name: "probe",
    path: `/probes/${probeId("shop")}`,
    there: "plot-took",
    async prepare(page) {
      await page.locator('[data-testid="plot-took"][data-at] canvas').waitFor();
      await page.getByTestId("report").waitFor();
    },
  },
  {
    name: "probe-report",
    path: `/probes/${probeId("api")}`,
    there: "report",
    prepare: (page) => page.getByTestId("report").scrollIntoViewIfNeeded(),
  },
  {
    name: "probe-hostile",
    path: `/probes/${probeId("hostile")}`,
    there: "report",
    prepare: press("probe-run", "run-result"),
  },
  { name: "probe-paused", path: `/probes/${probeId("paused")}`, there: "probe-actions" },
  {
    name: "probe-delete",
    path: `/probes/${probeId("mail")}`,
    there: "probe-actions",
    prepare: press("probe-delete", "confirm-submit"),
  },
  {
    name: "probe-maintenance",
    path: `/probes/${probeId("mail")}`,
    there: "maintenance",
    prepare: press("probe-maintain", "maintain-end"),
  },
  {
    name: "probe-passive",
    path: `/probes/${probeId("backup")}`,
    there: "ping-renew",
    async prepare(page) {
      await press("ping-renew", "confirm-submit")(page);
      await press("confirm-submit", "ping-url")(page);
      await page.getByTestId("ping-cron").scrollIntoViewIfNeeded();
    },
  },
  {
    name: "probe-act",
    path: `/probes/${probeId("cache")}`,
    there: "probe-acts",
    async prepare(page) {
      await press("probe-acts", "act-clear")(page);
      await press("act-clear", "act-submit")(page);
      await page.getByTestId("act-submit").click();
    },
  },
  {
    name: "probe-acted",
    path: `/probes/${probeId("cache")}`,
    there: "probe-acts",
    async prepare(page) {
      await press("probe-acts", "act-clear")(page);
      await press("act-clear", "field-pattern")(page);
      await page.getByTestId("field-pattern").fill("cache:*");
      await press("act-submit", "act-outcome")(page);
    },
  },
  { name: "probe-kinds", path: "/probes/add", there: "kind-http" },
  {
    name: "probe-add",
    path: "/probes/add?kind=http",
    there: "field-url",
    async prepare(page) {
      await page.getByTestId("field-url").fill("https://shop.example/healthz");
      await press("probe-trial", "trial-report")(page);
    },
  },
  {
    name: "probe-add-wrong",
    path: "/probes/add?kind=http",
    there: "field-url",
    async prepare(page) {
      await page.getByTestId("probe-further").click();
      await page.getByTestId("field-statusMin").fill("9");
      await page.getByTestId("probe-schedule").click();
      await page.getByTestId("probe-interval").fill("1");
      await page.getByTestId("probe-save").click();
    },
  },
  {
    name: "probe-add-passive",
    path: "/probes/add?kind=passive",
    there: "field-everySeconds",
    async prepare(page) {
      await page.getByTestId("probe-name").fill(`Backup ${Math.random().toString(36).slice(2)}`);
      await press("probe-save", "ping-url")(page);
    },
  },
  { name: "probe-edit", path: `/probes/${probeId("api")}/edit`, there: "secret-replace" },
  { name: "server-probes", path: `/servers/${idOf(1, 0)}`, there: "about-probes" },
];

describeBrowser("how probes look", () => {
  let hub: StandInHub;
  beforeAll(async () => {
    await buildPrograms();
    hub = await startStandInHub({ links: "all" });
  });
  afterAll(() => hub?.[Symbol.asyncDispose]());

  test.each(lookRuns(PAGES, 5))(
    "%s and %s, %s: none of the pages is wider than its window, none has a serious fault of access, none complains",
    async (scheme, size, _names, pages, viewport) => {
      await using browser = await openBrowser({ scheme, ...viewport });
      expect(await faultsOf(browser, hub.url, pages, { prefix: "p-", size, scheme })).toEqual([]);
    },
  );

  test.each(RUSSIAN_LOOKS)("%s and %s, in Russian: words that are longer fit too", async (_scheme, size, viewport) => {
    await using browser = await openBrowser({ locale: "ru-RU", ...viewport });
    expect(await russianFaultsOf(browser, hub.url, PAGES, { prefix: "p-", size })).toEqual([]);
  });
});
