import { needs } from "@muster/testkit";
import { afterEach, beforeAll, expect, test } from "vitest";
import { startStandInHub } from "../stand-in/stand-in-hub.ts";
import type { StandInHub, StandInOptions } from "../stand-in/stand-in-hub.ts";
import { idOf } from "../stand-in/stand-in-servers.ts";
import { runId, taskId } from "../stand-in/stand-in-tasks.ts";
import { openBrowser } from "../support/browser.ts";
import type { Browser } from "../support/browser.ts";
import { handsAt } from "../support/hands.ts";
import { buildPrograms } from "../support/programs.ts";

const describeBrowser = await needs("chromium");

describeBrowser("tasks and runs in a browser", () => {
  let hub: StandInHub;
  let browser: Browser;

  const { page, at, look, press, fill, focused } = handsAt(
    () => browser,
    () => hub.url,
  );
  const row = (place: Parameters<typeof taskId>[0]) => page().locator(`[data-task="${taskId(place)}"]`);
  const last = () => hub.asked.at(-1);
  const start = async (options: StandInOptions = {}) => {
    hub = await startStandInHub(options);
    browser = await openBrowser();
  };

  beforeAll(() => buildPrograms());
  afterEach(async () => {
    const { complaints } = browser;
    await browser[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
    expect(complaints, "nothing fails in the console").toEqual([]);
  });

  test("[UI56] the list says what each task does, when it is due by its own clock, how it did; it is live, filtered, and acted on", async () => {
    await start();
    await look("/");
    await press("failed-tasks");
    await page().waitForURL(/q=failed(\+|%20)today/);
    await fill("task-filter", "");
    await row("nightly").waitFor();
    const first = await at("task-row").first().getAttribute("data-task");
    expect(first, "what may not run stands first").toBe(taskId("suspended"));
    expect(await row("nightly").textContent()).toMatch(/Restart: .*@web-1.*GMT\+1.*in 4h.*succeeded/);
    expect(await row("suspended").locator("[title*='pavel may not']").count()).toBe(1);
    await row("off").getByTestId("task-switch").click({ force: true });
    await page()
      .locator(`[data-task="${taskId("off")}"]:not([data-standing="off"])`)
      .waitFor();
    expect(last()).toEqual({ isEnabled: true });
    await row("running").getByTestId("task-cancel").click();
    await page()
      .locator(`[data-task="${taskId("running")}"][data-last="cancelled"]`)
      .waitFor();
    await fill("task-filter", "does:exec.run");
    await page().keyboard.press("Escape");
    await row("nightly").waitFor({ state: "detached" });
    await page()
      .getByTestId("task-list")
      .click({ position: { x: 5, y: 400 } });
    await page().keyboard.press("j");
    await page().keyboard.press("r");
    await press("confirm-submit");
    await page().locator('[data-testid="run-page"][data-state="running"]').waitFor();
    const id = /runs\/([^?]+)/.exec(page().url())![1]!;
    hub.tasks.end(id, "succeeded", "3 of 3 succeeded");
    await page().locator('[data-testid="run-page"][data-outcome="succeeded"]').waitFor();
    expect(await at("run-detail").textContent()).toBe("3 of 3 succeeded");
  });

  test("[UI57] a task is filled in with what its schedule means beside it, and what is wrong is told at its input", async () => {
    await start({ tasks: "none" });
    await look("/tasks");
    await press("task-add");
    await at("preview-slot").first().waitFor();
    await fill("task-cron", "99 3 * * *");
    await page().getByText("cannot be read: there is no minute 99").waitFor();
    browser.forgive(/status of 400/);
    await at("cron-pattern").selectOption("weekly");
    await at("cron-day-5").check();
    await fill("cron-time", "04:30");
    expect(await at("task-cron").inputValue()).toBe("30 4 * * 1,5");
    await fill("task-zone", "Europe/Berlin");
    await at("preview-note").waitFor();
    expect(await at("preview-slot").count()).toBe(10);
    await press("task-save");
    await page().getByText("must name something").waitFor();
    expect(await focused()).toBe("task-name");
    await fill("task-name", "Rotate");
    await at("task-action").selectOption("exec.run");
    await at("task-command").selectOption("rotate-logs");
    await fill("task-arg-days", "30");
    await fill("task-target-tag", "eu");
    await page().locator('[data-testid="task-meant"][data-count="3"]').waitFor();
    expect(await at("task-refused").textContent()).toContain("web-2, db-1");
    await press("task-further");
    await fill("task-retries", "2");
    await at("task-missed").selectOption("once");
    await press("task-save");
    await at("task-page").waitFor();
    expect(last()).toMatchObject({
      ...{ name: "Rotate", zone: "Europe/Berlin", schedule: { is: "cron", expression: "30 4 * * 1,5" } },
      work: { action: "exec.run", args: { command: "rotate-logs", days: 30, kind: "app" }, targets: { tag: "eu" } },
      ...{ missed: "once", retries: { most: 2, delayMs: 30_000 }, isEnabled: true },
    });
    await press("task-edit");
    await at("task-when").getByRole("button").nth(2).click();
    await fill("task-at", "2027-07-01T12:00");
    await press("task-save");
    await at("task-page").waitFor();
    expect(last()).toMatchObject({ schedule: { is: "once", at: Date.parse("2027-07-01T10:00Z") } });
  });

  test("[UI58] every slot of a task has its place in the calendar, with why it was skipped or missed; a day shows its runs", async () => {
    await start();
    await look(`/tasks/${taskId("nightly")}`);
    const run = page().locator('[data-testid="run-row"][data-outcome="missed"]').first();
    expect(await run.textContent()).toMatch(/missed.*3 slots, up to.*the hub was not there/);
    expect(await page().locator('[data-testid="run-row"][data-outcome="skipped"]').first().textContent()).toContain(
      "the run before went on",
    );
    const month = await at("calendar").getAttribute("data-month");
    await press("month-before");
    await page().waitForURL(/month=/);
    expect(await at("calendar").getAttribute("data-month")).not.toBe(month);
    await at("calendar-day").first().click();
    await at("day-runs").getByTestId("run-row").first().waitFor();
    await page().reload();
    await at("day-runs").getByTestId("run-link").first().click();
    await at("run-page").waitFor();
  });

  test("[UI58] a run that ended while the line was lost is told as ended when it is back", async () => {
    await start();
    await look(`/tasks/${taskId("running")}`);
    const stands = (outcome: string) => page().locator(`[data-run="${runId("running")}"][data-outcome="${outcome}"]`);
    await stands("running").waitFor();
    hub.cut();
    hub.tasks.end(runId("running"), "succeeded", "3 of 3 succeeded");
    await stands("succeeded").waitFor();
  });

  test("[UI59] a run shows each attempt with what it asked of each server, and what programs printed is text", async () => {
    await start();
    await look(`/runs/${runId("rotated")}`);
    await at("action-output").first().waitFor();
    expect(await at("run-attempt").count()).toBe(2);
    expect(await page().locator('[data-attempt="1"]').getByTestId("action-output").last().textContent()).toContain(
      "<img src=x",
    );
    expect(await page().locator('[data-attempt="2"]').textContent()).toContain("commands: [rotate-logs]");
    expect(await page().title()).not.toBe("1");
    await look(`/runs/${runId("looked")}`);
    await at("run-step").nth(1).getByText("connection refused").waitFor();
    expect(await at("step-output").textContent()).toContain("HTTP/1.1 502");
  });

  test("[UI60] who may only look sees tasks and their runs, and none of the buttons", async () => {
    await start({
      rights: ["servers.read", "services.read", "probes.read", "incidents.read", "tasks.read", "self.read"],
    });
    await look("/tasks");
    await row("nightly").waitFor();
    for (const id of ["task-add", "task-run", "task-cancel"]) expect(await at(id).count(), id).toBe(0);
    expect(await row("nightly").getByTestId("task-switch").isDisabled()).toBe(true);
    await look(`/tasks/${taskId("nightly")}`);
    await at("run-row").first().waitFor();
    for (const id of ["task-run", "task-edit", "task-delete", "run-link"]) expect(await at(id).count(), id).toBe(0);
    expect(idOf(21, 0), "the page is of the task that was asked for").toBe(
      await at("task-page").getAttribute("data-task"),
    );
  });
});
