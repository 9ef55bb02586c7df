import { needs } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import type { StandInHub } from "../stand-in/stand-in-hub.ts";
import { idOf } from "../stand-in/stand-in-servers.ts";
import { openBrowser } from "../support/browser.ts";
import { faultsOf, lookRuns, press } from "../support/looks.ts";
import type { LookedAt } from "../support/looks.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");

const SERVER = idOf(1, 0);
const API = idOf(2, 1);

const PAGES: readonly LookedAt[] = [
  { name: "services", path: "/services", there: "service-row" },
  { name: "services-grouped", path: "/services?group=server&q=-state:stopped", there: "service-row" },
  {
    name: "services-bulk",
    path: "/services?q=server:web-1",
    there: "service-row",
    async prepare(page) {
      for (const nth of [0, 1, 2, 3]) await page.getByTestId("service-pick").nth(nth).click();
      await press("bulk-restart", "bulk-target")(page);
    },
  },
  {
    name: "kill",
    path: `/servers/${SERVER}/processes`,
    there: "process-row",
    prepare: press("process-kill", "kill-word"),
  },
  {
    name: "service",
    path: `/services/${API}`,
    there: "plot-service_cpu_ratio",
    prepare: (page) => page.locator('[data-testid="plot-service_cpu_ratio"][data-at] canvas').waitFor(),
  },
  { name: "service-ledger", path: `/services/${API}/ledger`, there: "ledger-line" },
  { name: "service-health", path: `/services/${idOf(2, 4)}/health`, there: "ledger-line" },
  { name: "service-logs", path: `/services/${API}/logs`, there: "log-line" },
  { name: "service-definition", path: `/services/${API}/definition`, there: "definition" },
  { name: "service-edit", path: `/services/${API}/definition`, there: "definition", prepare: press("definition-edit") },
  { name: "define", path: `/servers/${SERVER}/define`, there: "definition-editor" },
  { name: "logs", path: `/logs?service=${API},${idOf(2, 0)}`, there: "log-line" },
  { name: "logs-sources", path: "/logs", there: "log-sources", prepare: press("log-sources") },
  { name: "activity", path: "/activity", there: "action-row" },
  { name: "server-services", path: `/servers/${SERVER}/services`, there: "service-row" },
  { name: "server-processes", path: `/servers/${SERVER}/processes?view=tree`, there: "process-row" },
  { name: "server-actions", path: `/servers/${SERVER}/actions`, there: "action-row" },
];

describeBrowser("how services, actions and logs look", () => {
  let hub: StandInHub;
  beforeAll(async () => {
    await buildPrograms();
    hub = await startStandInHub();
  });
  afterAll(() => hub?.[Symbol.asyncDispose]());

  test.each(lookRuns(PAGES, 4))(
    "%s and %s, %s: none of the pages is wider than its window, none has a serious fault of access, none complains",
    async (scheme, size, _names, pages, viewport) => {
      await using browser = await openBrowser({ scheme, ...viewport });
      expect(await faultsOf(browser, hub.url, pages, { prefix: "c-", size, scheme })).toEqual([]);
    },
  );
});
