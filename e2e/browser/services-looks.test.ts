import { needs } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import type { StandInHub } from "../stand-in/stand-in-hub.ts";
import { idOf } from "../stand-in/stand-in-servers.ts";
import { openBrowser } from "../support/browser.ts";
import { axeProblems, LOOKS, widthProblem } from "../support/looks.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");

const SERVER = idOf(1, 0);
const API = idOf(2, 1);

/** `press` opens what a page keeps closed, in this order. */
const PAGES: readonly {
  readonly name: string;
  readonly path: string;
  readonly there: string;
  readonly press?: readonly string[];
  /** What is there then. */
  readonly opens?: string;
}[] = [
  { name: "services", path: "/services", there: "service-row" },
  { name: "services-grouped", path: "/services?group=server&q=-state:stopped", there: "service-row" },
  {
    name: "services-bulk",
    path: "/services?q=server:web-1",
    there: "service-row",
    press: ["bulk-restart"],
    opens: "bulk-target",
  },
  {
    name: "kill",
    path: `/servers/${SERVER}/processes`,
    there: "process-row",
    press: ["process-kill"],
    opens: "kill-word",
  },
  { name: "service", path: `/services/${API}`, there: "plot-service_cpu_ratio" },
  { name: "service-ledger", path: `/services/${API}/ledger`, there: "ledger-line" },
  { name: "service-health", path: `/services/${idOf(2, 4)}/health`, there: "ledger-line" },
  { name: "service-logs", path: `/services/${API}/logs`, there: "log-line" },
  { name: "service-definition", path: `/services/${API}/definition`, there: "definition" },
  { name: "service-edit", path: `/services/${API}/definition`, there: "definition", press: ["definition-edit"] },
  { name: "define", path: `/servers/${SERVER}/define`, there: "definition-editor" },
  { name: "logs", path: `/logs?service=${API},${idOf(2, 0)}`, there: "log-line" },
  { name: "logs-sources", path: "/logs", there: "log-sources", press: ["log-sources"] },
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

  // A few pages at a time: looking one through for faults of access takes seconds on a busy machine.
  const runs = LOOKS.flatMap(([scheme, size, viewport]) =>
    [0, 4, 8, 12, 16].map((from) => {
      const pages = PAGES.slice(from, from + 4);
      return [scheme, size, pages.map(({ name }) => name).join(", "), pages, viewport] as const;
    }),
  );
  test.each(runs)(
    "%s and %s, %s: none of the pages is wider than its window, none has a serious fault of access, none complains",
    async (scheme, size, _names, pages, viewport) => {
      await using browser = await openBrowser({ scheme, ...viewport });
      const faults: string[] = [];
      for (const { name, path, there, press = [], opens } of pages) {
        await browser.page.goto(hub.url + path);
        await browser.page.getByTestId(there).first().waitFor();
        if (name === "services-bulk")
          for (const nth of [0, 1, 2, 3]) await browser.page.getByTestId("service-pick").nth(nth).click();
        for (const id of press) await browser.page.getByTestId(id).first().click();
        if (opens !== undefined) await browser.page.getByTestId(opens).first().waitFor();
        if (name === "service")
          await browser.page.locator('[data-testid="plot-service_cpu_ratio"][data-at] canvas').waitFor();
        await browser.picture(`c-${name}-${size}-${scheme}`);
        const found = [await widthProblem(browser), ...(size === "wide" ? await axeProblems(browser, scheme) : [])];
        for (const fault of found) if (fault !== "") faults.push(`${name}: ${fault}`);
      }
      expect([...faults, ...browser.complaints]).toEqual([]);
    },
  );
});
