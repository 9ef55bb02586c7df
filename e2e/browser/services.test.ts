import { needs, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HOSTILE, idOf } from "../stand-in/stand-in-servers.ts";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import type { StandInHub } from "../stand-in/stand-in-hub.ts";
import { openBrowser } from "../support/browser.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");
const service = (number: number): string => `/services/${idOf(2, number)}`;
const SERVER = idOf(1, 0);

describeBrowser("the pages of services", () => {
  let hub: StandInHub;
  beforeAll(async () => {
    await buildPrograms();
    hub = await startStandInHub();
  });
  afterAll(() => hub?.[Symbol.asyncDispose]());

  test("[UI1] an action shows asked, sent and its outcome, each outcome in its own words", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    const stages = (): Promise<string | null> => page.getByTestId("action-stage").first().getAttribute("data-stage");
    for (const [number, outcome] of [
      [1, "succeeded"],
      [3, "failed"],
      [10, "unknown"],
    ] as const) {
      await page.goto(hub.url + service(number));
      const seen = new Set<string | null>();
      await page.getByTestId(number === 3 ? "verb-start" : "verb-restart").click();
      await page.getByTestId("action-stage").first().waitFor();
      await waitFor(async () => seen.add(await stages()).has(outcome), { describe: `the action is ${outcome}` });
      expect([...seen]).toEqual(expect.arrayContaining(["sent", outcome]));
      expect(await page.getByTestId("action-audit").getAttribute("href")).toContain("/audit?target=web-1");
    }
    expect(browser.complaints).toEqual([]);
  });

  test("[UI2] a refusal shows the sentence of the policy and the line that would grant it", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(hub.url + service(6));
    await page.getByTestId("verb-restart").click();
    await page.locator('[data-stage="refused"]').waitFor();
    expect(await page.getByTestId("service-actions").textContent()).toContain("no entry of service.restart names this");
    expect(await page.getByTestId("policy-line").textContent()).toBe(
      "- {action: service.restart, driver: systemd, names: [redis.service]}",
    );
  });

  test("[UI3] what the policy does not grant cannot be pressed and says which line would grant it", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(hub.url + service(0));
    await page.getByTestId("verb-more").click();
    expect(await page.getByTestId("verb-disable").isDisabled()).toBe(true);
    await page.keyboard.press("Escape");
    await page.getByTestId("explain-disable").click();
    expect(await page.getByTestId("policy-line").textContent()).toBe(
      "- {action: service.disable, driver: systemd, names: [nginx.service]}",
    );
  });

  test("[UI4] stop asks first and says what will happen", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    const before = hub.asked.length;
    await page.goto(hub.url + service(1));
    await page.getByTestId("verb-stop").click();
    expect(await page.getByTestId("confirm").textContent()).toContain("stopped on web-1");
    expect(hub.asked).toHaveLength(before);
    await page.getByTestId("confirm-submit").click();
    await page.getByTestId("action-stage").first().waitFor();
    expect(hub.asked.at(-1)).toEqual({ action: "service.stop", targets: { services: [idOf(2, 1)] } });
  });

  test("[UI5] a selection is acted on after each of its services was listed, and only what is able is asked for", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${hub.url}/services?sort=name&q=name:shop-db kind:database`);
    await page.getByTestId("service-row").first().waitFor();
    const rows = await page.getByTestId("service-row").count();
    for (let nth = 0; nth < rows; nth++) await page.getByTestId("service-pick").nth(nth).click();
    await page.getByTestId("bulk-restart").click();
    await page.getByTestId("bulk-target").first().waitFor();
    // The one on the server that is away and the one on the server that grants nothing are left out.
    expect(await page.locator('[data-testid="bulk-target"][data-obstacle="offline"]').count()).toBe(1);
    expect(await page.locator('[data-testid="bulk-target"][data-obstacle="notGranted"]').count()).toBe(1);
    await page.getByTestId("bulk-submit").click();
    await page.locator('[data-testid="bulk-progress"][data-state="over"]').waitFor();
    const body = hub.asked.at(-1) as { readonly targets: { readonly services: readonly string[] } };
    expect(body.targets.services).toHaveLength(rows - 2);
    expect(await page.locator('[data-stage="succeeded"]').count()).toBe(rows - 2);
  });

  test("[UI8] the list is filtered by its counts, walked by keyboard, and its address keeps both", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${hub.url}/services`);
    await page.getByTestId("service-count-failed").click();
    await waitFor(async () => (await page.getByTestId("service-row").count()) === 1, {
      describe: "one failed service",
    });
    expect(page.url()).toContain("q=failed");
    await page.keyboard.press("j");
    await page.locator('[data-testid="service-row"][data-selected="true"]').waitFor();
    await page.keyboard.press("Enter");
    await page.getByTestId("service-page").waitFor();
    expect(page.url()).toContain(service(3));
    await page.goBack();
    await page.getByTestId("service-row").first().waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await waitFor(() => !page.url().includes("q="), { describe: "Esc lets go of the filter" });
    await page.keyboard.press("/");
    await page.keyboard.type("driver:tmux server:web-2");
    await waitFor(async () => (await page.getByTestId("service-row").count()) === 1, { describe: "one tmux session" });
  });

  test("XS-01 [UI18] names, causes and log lines of a hostile machine are text in every view", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${hub.url}/services?q=img`);
    await page.getByTestId("service-row").first().waitFor();
    const name = page.getByTestId("service-link").first();
    expect(await name.textContent()).toBe(HOSTILE.replace("\u202E", "202E"));
    await name.click();
    await page.getByTestId("service-name").waitFor();
    await page.goto(`${hub.url + service(1)}/ledger`);
    await page.getByTestId("ledger-line").first().waitFor();
    await page.goto(`${hub.url + service(1)}/logs`);
    await page.getByTestId("log-line").first().waitFor();
    await page.goto(`${hub.url}/servers/${SERVER}/processes`);
    await page.getByTestId("process-row").first().waitFor();
    expect(await page.locator("img[src=x]").count()).toBe(0);
    expect(await page.title()).not.toBe("1");
    // An address that is none of the web is no link.
    await page.goto(hub.url + service(1));
    await page.getByTestId("service-name").waitFor();
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(browser.complaints).toEqual([]);
  });

  test("[UI6] a process is named by its number and its start, and its number has to be typed", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${hub.url}/servers/${SERVER}/processes`);
    await page.locator('[data-pid="901"]').getByTestId("process-kill").click();
    await page.locator('[data-testid="kill-signal"] [data-value="KILL"]').click();
    expect(await page.getByTestId("kill-submit").isDisabled()).toBe(true);
    await page.getByTestId("kill-word").fill("901");
    await page.getByTestId("kill-submit").click();
    await page.locator('[data-stage="succeeded"]').waitFor();
    expect(hub.asked.at(-1)).toEqual({
      action: "process.kill",
      args: { pid: 901, startTicks: 5_003, user: "www-data", signal: "KILL" },
      targets: { servers: [SERVER] },
    });
  });

  test("[UI4] [UI7] a reboot needs the name of the server, a command its arguments within their bounds; its output is shown", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${hub.url}/servers/${SERVER}/actions`);
    await page.getByTestId("reboot").click();
    await page.getByTestId("confirm-word").fill("web-2");
    expect(await page.getByTestId("confirm-submit").isDisabled()).toBe(true);
    await page.getByTestId("confirm-word").fill("web-1");
    await page.getByTestId("confirm-submit").click();
    await waitFor(() => (hub.asked.at(-1) as { action: string }).action === "server.reboot", { describe: "asked" });
    const command = page.getByTestId("command-rotate-logs");
    await command.locator("input").fill("91");
    expect(await command.getByTestId("command-run").isDisabled()).toBe(true);
    await command.locator("input").fill("90");
    await command.getByTestId("command-run").click();
    await page.getByTestId("confirm-submit").click();
    await command.locator('[data-stage="succeeded"]').waitFor();
    expect(hub.asked.at(-1)).toMatchObject({
      action: "exec.run",
      args: { command: "rotate-logs", days: 90, kind: "app" },
    });
    await command.getByTestId("action-open").click();
    expect(await command.getByTestId("action-output").textContent()).toContain("freed 1.2 GiB");
  });

  test("[UI11] [UI12] a definition is changed in the form or as JSON, compared, sent, and its refusal explained; secrets go apart", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${hub.url + service(1)}/definition`);
    await page.getByTestId("definition-edit").click();
    await page.getByTestId("define-command").fill("usr/bin/node\nserver.js");
    await page.getByTestId("define-problems").waitFor();
    expect(await page.getByTestId("define-review").isDisabled()).toBe(true);
    await page.getByTestId("define-command").fill("/usr/bin/node\n/srv/api/server.js\n--port\n9090");
    await page.getByTestId("define-secret").first().fill("postgres://secret");
    await page.locator('[data-testid="define-look"] [data-value="json"]').click();
    const json = await page.getByTestId("define-json").inputValue();
    expect(json).toContain('"9090"');
    expect(json).not.toContain("postgres://secret");
    await page.getByTestId("define-review").click();
    expect(await page.locator('[data-testid="definition-diff"] [data-is="added"]').allTextContents()).toEqual([
      '+     "9090"',
    ]);
    await page.getByTestId("define-save").click();
    await page.locator('[data-testid="define-outcome"][data-outcome="refused"]').waitFor();
    expect(await page.getByTestId("policy-line").textContent()).toContain("programs: [/usr/bin/node]");
    expect(hub.asked.at(-1)).toMatchObject({ secrets: { DATABASE_URL: "postgres://secret" } });
  });

  test("[UI11] what came of a changed or removed definition stays to be read, and then what is in force is shown", async () => {
    await using own = await startStandInHub();
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${own.url + service(1)}/definition`);
    await page.getByTestId("definition-edit").click();
    await page.getByTestId("define-command").fill("/usr/bin/node\n/srv/api/server.js\n--port\n8081");
    await page.getByTestId("define-review").click();
    const read = page.waitForResponse(
      (response) => response.url().endsWith("/definitions") && response.request().method() === "GET",
    );
    await page.getByTestId("define-save").click();
    await page.locator('[data-testid="define-outcome"][data-outcome="succeeded"]').waitFor();
    await page.getByTestId("define-close").click();
    await read;
    await page.getByTestId("definition-edit").click();
    await waitFor(async () => ((await page.getByTestId("definition").textContent()) ?? "").includes('"8081"'), {
      describe: "the new one is shown",
    });
    await page.getByTestId("definition-remove").click();
    await page.getByTestId("confirm-word").fill("api");
    await page.getByTestId("confirm-submit").click();
    await page.locator('[data-testid="define-outcome"][data-outcome="succeeded"]').waitFor();
    await page.getByTestId("definition").waitFor({ state: "detached" });
    expect(browser.complaints).toEqual([]);
  });

  test("[UI8] keys do nothing to a service that the filter does not show any more", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${hub.url}/services?sort=name`);
    await page.getByTestId("service-row").first().waitFor();
    await page.keyboard.press("j");
    await page.locator('[data-testid="service-row"][data-selected="true"]').waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("failed");
    await page.keyboard.press("Enter");
    await waitFor(async () => (await page.getByTestId("service-row").count()) === 1, {
      describe: "one failed service",
    });
    for (const key of ["x", "Enter", "j", "x"]) await page.keyboard.press(key);
    // Only the one that is shown, walked to by the last j.
    await page.getByTestId("bulk-bar").waitFor();
    expect(await page.getByTestId("bulk-bar").textContent()).toContain("1");
    expect(page.url()).toContain("/services?");
  });

  test("[UI1] while the socket tells what becomes of actions, they are not asked for again and again", async () => {
    await using own = await startStandInHub({ actionMs: 3_000 });
    await using browser = await openBrowser();
    const { page } = browser;
    let asked = 0;
    page.on("request", (request) => {
      if (/\/actions\?.*batch=/.test(request.url())) asked++;
    });
    await page.goto(own.url + service(1));
    await page.getByTestId("verb-restart").click();
    await page.locator('[data-stage="succeeded"]').waitFor();
    expect(asked).toBeLessThanOrEqual(1);
  });

  test("[UI5] verbs are in the palette under the names of their services, and ask before they act", async () => {
    await using browser = await openBrowser();
    const { page } = browser;
    await page.goto(`${hub.url}/services`);
    await page.getByTestId("service-row").first().waitFor();
    await page.keyboard.press("Control+k");
    await page.getByPlaceholder("Server, service, probe, page or setting…").fill("Restart nginx");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByTestId("bulk-submit").click();
    await page.locator('[data-stage="succeeded"]').waitFor();
  });
});
