import { DAY_MS, HOUR_MS } from "@muster/core";
import { connectAs, joinAs, needs, waitFor } from "@muster/testkit";
import type { Page, Request } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Browser } from "../support/browser.ts";
import { keepEvidence } from "../support/evidence.ts";
import { startPanel } from "../support/panel.ts";
import type { Panel } from "../support/panel.ts";
import { buildPrograms } from "../support/programs.ts";
import { writeHistory } from "../support/year-of-history.ts";

const describeBrowser = await needs("chromium");
const evidence = keepEvidence();
const VIEWER = { name: "vera", password: "only looking around" } as const;
const NAMES = ["machine-1", "machine-2", "machine-3"] as const;
/** The least that the hub takes as a limit. */
const SERIES_MAX = 100;

describeBrowser("history in a browser", () => {
  let panel: Panel;
  let browser: Browser | undefined;
  let page: Page;
  let ids: readonly string[];
  /** Every question about stored readings that the page has asked. */
  let asked: URL[];

  const look = async (path: string): Promise<void> => {
    browser = await panel.browse("signed-in");
    page = browser.page;
    asked = [];
    page.on("request", (request: Request) => {
      const url = new URL(request.url());
      if (url.pathname === "/api/v1/metrics/query") asked.push(url);
    });
    await page.goto(panel.url + path);
  };
  const askedFor = (metric: string): readonly URLSearchParams[] =>
    asked.map((url) => url.searchParams).filter((query) => query.get("metric")?.split(",").includes(metric));
  const plot = (chart: string) => page.getByTestId(`plot-${chart}`);
  /** The chart shows the answer for its own range, in such steps. */
  const shown = (chart: string, stepMs?: number): Promise<void> =>
    plot(chart)
      .and(page.locator(`[data-state="shown"]${stepMs === undefined ? "[data-step]" : `[data-step="${stepMs}"]`}`))
      .waitFor();
  const tooltip = async (chart: string, share = 0.5): Promise<string> => {
    const over = plot(chart).locator(".u-over");
    const box = await over.boundingBox();
    if (!box) throw new Error(`${chart} has no canvas`);
    await page.mouse.move(box.x + box.width * share, box.y + box.height / 2);
    const text = over.locator("> div:not([hidden])").filter({ hasText: /\d/ });
    await text.first().waitFor();
    return text.first().innerText();
  };
  const drag = async (chart: string, from: number, to: number): Promise<void> => {
    const box = await plot(chart).locator(".u-over").boundingBox();
    if (!box) throw new Error(`${chart} has no canvas`);
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * from, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * to, y, { steps: 4 });
    await page.mouse.up();
  };
  const inAddress = (name: string): string | null => new URL(page.url()).searchParams.get(name);
  const addressHas = (name: string, wanted: RegExp | null): Promise<unknown> =>
    waitFor(() => (wanted === null ? inAddress(name) === null : wanted.test(inAddress(name) ?? "")), {
      describe: () => `${name} in the address is ${String(wanted)}; it is ${String(inAddress(name))}`,
    });

  beforeAll(async () => {
    await buildPrograms();
    panel = await startPanel(evidence, {
      env: { MUSTER_INTERVAL_MS: "5000", MUSTER_SERIES_PER_SERVER_MAX: String(SERIES_MAX) },
    });
    for (const name of NAMES) {
      const agent = await panel.addAgent(name);
      const { id } = await panel.client.serverWhen(
        name,
        "has readings",
        ({ summary }) => summary.cpuBusyRatio !== null,
      );
      const tags = [name === "machine-3" ? "lab" : "prod"];
      await panel.client.call("PATCH /api/v1/servers/{id}", { params: { id }, body: { tags } });
      if (name !== "machine-1") await agent.stop();
    }
    ids = await Promise.all(NAMES.map(async (name) => (await panel.client.server(name)).id));
    await panel.client.call("POST /api/v1/users", { body: { ...VIEWER, role: "viewer" } });
    await panel.stopHub();
    await writeHistory(
      panel.directory.file("data"),
      ids.map((id, place) => ({ id, place, days: place === 0 ? 400 : 10 })),
      Date.now(),
    );
    await panel.startHub();
  });
  afterAll(() => panel?.[Symbol.asyncDispose]());
  afterEach(async () => {
    const complaints = browser?.complaints ?? [];
    await browser?.[Symbol.asyncDispose]();
    browser = undefined;
    expect(complaints).toEqual([]);
  });

  test("a year is one question a chart, tells its hours and its extremes, and survives a reload", async () => {
    await look(`/servers/${ids[0]}`);
    await shown("cpu");
    asked.length = 0;
    const [askMs = 0, drawMs = 0] = await page.evaluate<number[]>(`new Promise((resolve) => {
      const plot = document.querySelector('[data-testid="plot-cpu"]');
      const startedAt = performance.now();
      const isShown = () => plot.dataset.step === "${DAY_MS}" && plot.dataset.state === "shown";
      const tell = () => {
        const answer = performance.getEntriesByType("resource").findLast(({ name }) => name.includes("metric=cpu_busy_ratio"));
        resolve([answer.responseEnd - startedAt, performance.now() - answer.responseEnd]);
      };
      const observer = new MutationObserver(() => isShown() && requestAnimationFrame(tell));
      observer.observe(plot, { attributes: true });
      document.querySelector('[data-testid="ranges"] [data-value="1y"]').click();
    })`);
    console.log(`a year of a server: answered after ${Math.round(askMs)} ms, drawn ${Math.round(drawMs)} ms later`);
    expect(inAddress("range")).toBe("1y");
    await page.reload();
    await shown("cpu", DAY_MS);
    const questions = askedFor("cpu_busy_ratio");
    // One for the click, one for the reload; the least and the greatest came along.
    expect(questions.map((query) => [query.get("bands"), query.get("step")])).toEqual([
      ["true", String(DAY_MS)],
      ["true", String(DAY_MS)],
    ]);
    const card = page.locator('[data-chart="cpu"]');
    expect(await card.getByTestId("resolution").getAttribute("data-resolution")).toBe(String(HOUR_MS));
    expect(await card.getByTestId("resolution").textContent()).toBe("from hourly values");
    // Once a day everything was busy: a mean over the day hides it, the band does not.
    expect(await tooltip("cpu")).toMatch(/\d+\.\d % \(\d+\.\d % – 97\.0 %\)/);
  });

  test("recent readings are shown as themselves", async () => {
    await look(`/servers/${ids[0]}?range=6h`);
    await shown("cpu");
    expect(await page.locator('[data-chart="cpu"]').getByTestId("resolution").count()).toBe(0);
  });

  test("a drag looks closer with finer readings while the old picture stays; double click and Esc go back", async () => {
    await look(`/servers/${ids[0]}?range=24h`);
    await shown("cpu");
    const coarseMs = Number(await plot("cpu").getAttribute("data-step"));
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/api/v1/metrics/query?*", async (route) => {
      await held;
      await route.continue();
    });
    await drag("cpu", 0.3, 0.4);
    await addressHas("range", /^\d+\.\.\d+$/);
    await plot("cpu").and(page.locator('[data-state="older"]')).waitFor();
    expect(Number(await plot("cpu").getAttribute("data-step"))).toBe(coarseMs);
    expect(await tooltip("cpu")).toMatch(/CPU/);
    release();
    await shown("cpu");
    expect(Number(await plot("cpu").getAttribute("data-step"))).toBeLessThan(coarseMs / 5);
    await page.unrouteAll({ behavior: "wait" });
    await plot("cpu").locator(".u-over").dblclick();
    await addressHas("range", /^24h$/);
    await drag("cpu", 0.2, 0.5);
    await addressHas("range", /^\d+\.\.\d+$/);
    const [from = 0, to = 0] = (inAddress("range") ?? "").split("..").map(Number);
    await page.keyboard.press("-");
    await waitFor(
      () => {
        const [start = 0, end = 0] = (inAddress("range") ?? "").split("..").map(Number);
        return Math.abs(end - start - 2 * (to - from)) < 10;
      },
      { describe: () => `twice as much as ${from}..${to} is shown; it is ${String(inAddress("range"))}` },
    );
    await page.keyboard.press("Escape");
    await addressHas("range", /^24h$/);
  });

  test("the period before lies under the present, with its values and a switch", async () => {
    await look(`/servers/${ids[0]}?range=24h`);
    await shown("cpu");
    expect(await page.getByTestId("legend-before").count()).toBe(0);
    await page.getByTestId("compare-before").click();
    await addressHas("compare", /^1$/);
    const entry = page.locator('[data-chart="cpu"]').getByTestId("legend-before");
    await entry.waitFor();
    expect(await entry.textContent()).toBe("24 h earlier");
    const [now, before] = askedFor("cpu_busy_ratio").slice(-2);
    expect(Number(now?.get("from")) - Number(before?.get("from"))).toBe(DAY_MS);
    const text = await tooltip("cpu", 0.3);
    const at = Date.parse(`${/^.+:\d\d$/m.exec(text)?.[0]} UTC`);
    const past = /24 h earlier\s+([\d.]+) %/.exec(text)?.[1];
    const stepMs = Number(before?.get("step"));
    const { series } = await panel.client.call("GET /api/v1/metrics/query", {
      query: {
        server: ids[0] ?? "",
        metric: "cpu_busy_ratio",
        from: at - DAY_MS,
        to: at - DAY_MS + stepMs,
        step: stepMs,
      },
    });
    expect(past, text).toBe((100 * (series[0]?.values[0] ?? NaN)).toFixed(1));
    await entry.click();
    expect(await tooltip("cpu", 0.31)).not.toContain("earlier");
    await page.reload();
    await entry.waitFor();
  });

  test("several servers lie over each other, picked by keyboard; each keeps its colour", async () => {
    await look(`/servers/${ids[0]}?range=7d`);
    await shown("cpu");
    await page.getByTestId("compare-with").press("Enter");
    await page.getByTestId("picker-search").waitFor();
    await page.keyboard.type("machine-");
    await page.getByTestId("pick-machine-2").waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Space");
    await page.getByTestId("compare-go").press("Enter");
    await page.getByTestId("compare-page").waitFor();
    expect(inAddress("servers")).toBe(ids.join(","));
    expect(inAddress("range")).toBe("7d");
    await shown("cpu_busy_ratio");
    expect(askedFor("cpu_busy_ratio").at(-1)?.get("by")).toBe("server");
    const text = await tooltip("cpu_busy_ratio");
    for (const name of NAMES) expect(text).toContain(name);

    const second = page.getByTestId("compared-server").filter({ hasText: "machine-2" });
    const colour = await second.locator("span").first().getAttribute("style");
    await page.getByTestId("compared-server").filter({ hasText: "machine-1" }).getByRole("button").click();
    await addressHas("servers", new RegExp(`^,${ids[1]},${ids[2]}$`));
    await page.reload();
    await second.waitFor();
    expect(await second.locator("span").first().getAttribute("style")).toBe(colour);
    await shown("cpu_busy_ratio");
    expect(await tooltip("cpu_busy_ratio")).not.toContain("machine-1");

    await page.getByTestId("compare-metrics").click();
    await page.getByTestId("metric-temperature_celsius").check();
    await page.getByTestId("metric-load1").uncheck();
    await page.keyboard.press("Escape");
    expect(inAddress("metric")?.split(",")).toContain("temperature_celsius");
    await shown("temperature_celsius");
    expect(await plot("load1").count()).toBe(0);
  });

  test("rows picked in the overview lead to their comparison", async () => {
    await look("/");
    const box = (name: string) => page.getByTestId("server-row").filter({ hasText: name }).getByTestId("pick");
    await box("machine-1").check();
    await page.keyboard.press("Escape");
    await page.locator("h1").click();
    for (const key of ["j", "j", "j", "x"]) await page.keyboard.press(key);
    expect(await box("machine-3").isChecked()).toBe(true);
    expect(await page.getByTestId("compare-picked").textContent()).toBe("Compare 2 servers");
    await page.getByTestId("compare-picked").click();
    await page.getByTestId("compare-page").waitFor();
    expect(inAddress("servers")).toBe(`${ids[0]},${ids[2]}`);
    await shown("memory_used_ratio");
  });

  test("the charts over the fleet cost nothing while closed, open without moving the table, and are remembered", async () => {
    const scripts: string[] = [];
    await look("/");
    page.on("request", (request) => {
      if (request.resourceType() === "script") scripts.push(request.url());
    });
    await page.getByTestId("server-row").first().waitFor();
    expect(asked).toEqual([]);
    expect(
      await page.evaluate("performance.getEntriesByType('resource').map((one) => one.name).join(' ')"),
    ).not.toMatch(/fleet-charts/);
    await page.getByTestId("fleet-toggle").click();
    const strip = page.getByTestId("fleet-strip");
    await strip.waitFor();
    const list = page.getByTestId("server-list");
    // From the strip on: an incident that opens meanwhile stands above both.
    const top = async (): Promise<number> => (await list.boundingBox())!.y - (await strip.boundingBox())!.y;
    const before = await top();
    for (const chart of ["cpu", "memory", "network", "disk"]) await shown(`fleet-${chart}`);
    expect(await top()).toBe(before);
    expect(
      asked.map(({ searchParams }) => [searchParams.get("by"), searchParams.get("combine"), searchParams.get("fleet")]),
    ).toEqual([
      ["all", "avg", "true"],
      ["all", "avg", "true"],
      ["all", "sum", "true"],
      ["all", "max", "true"],
    ]);
    await page.getByTestId("fleet-lines").locator('[data-value="tag"]').click();
    await page.getByTestId("fleet-range").locator('[data-value="7d"]').click();
    await waitFor(() => askedFor("cpu_busy_ratio").some((query) => query.get("by") === "tag"), {
      describe: "tags are asked for",
    });
    await shown("fleet-cpu", 1_800_000);
    const text = await tooltip("fleet-cpu");
    expect(text).toContain("prod");
    expect(text).toContain("lab");
    await page.reload();
    await shown("fleet-cpu", 1_800_000);
    expect(await top()).toBe(before);
    await page.getByTestId("fleet-lines").locator('[data-value="top"]').click();
    await page.getByTestId("filter").fill("tag:prod");
    await waitFor(
      () => {
        const last = askedFor("memory_used_ratio").at(-1);
        return last?.get("top") === "5" && last.get("server") === [ids[0], ids[1]].join(",");
      },
      {
        describe: () => `the filter's servers are asked for; last was ${String(askedFor("memory_used_ratio").at(-1))}`,
      },
    );
    await page.getByTestId("fleet-toggle").click();
    await strip.waitFor({ state: "detached" });
  });

  test("how long history is kept: bad input is told in place, and dropping is typed before it happens", async () => {
    // The hub seals what it was given hour by hour, and tells only what is sealed.
    await waitFor(
      async () => {
        const { resolutions } = await panel.client.call("GET /api/v1/system/storage");
        const samples = resolutions.find(({ resolutionMs }) => resolutionMs === 0);
        return resolutions.length === 3 && (samples?.since ?? Infinity) < Date.now() - 8 * DAY_MS;
      },
      { timeoutMs: 90_000, describe: "old samples, minutes and hours are sealed" },
    );
    await look("/");
    await page.getByTestId("nav-history").click();
    await page.getByTestId("storage-facts").waitFor();
    for (const name of ["Samples", "Minutes", "Hours"])
      await page.getByTestId("resolutions").getByText(name, { exact: true }).waitFor({ timeout: 90_000 });
    const input = (field: string) => page.getByTestId(`retention-${field}`);
    const before = await panel.client.call("GET /api/v1/system/retention");
    await input("minutesDays").fill("7");
    await input("bytesMax").fill("five");
    expect(await page.getByTestId("retention-save").isDisabled()).toBe(true);
    await input("bytesMax").fill("");
    await input("samplesDays").fill("40");
    await page.getByTestId("retention-save").click();
    await page.getByTestId("confirm-word").fill("drop");
    await page.getByTestId("confirm-submit").click();
    await page.getByText("must not be shorter than samples are kept").waitFor();
    browser?.forgive(/status of 400/);
    expect(await panel.client.call("GET /api/v1/system/retention")).toEqual(before);

    await page.getByTestId("retention-presets").locator('[data-value="usual"]').click();
    expect(await page.getByTestId("retention-warning").count()).toBe(0);
    await input("samplesDays").fill("7");
    expect(await page.getByTestId("retention-warning").textContent()).toMatch(/Samples from .* are dropped.*Minutes/);
    await page.getByTestId("retention-save").click();
    expect(await page.getByTestId("confirm-submit").isDisabled()).toBe(true);
    await page.getByTestId("confirm-word").fill("drop");
    await page.getByTestId("confirm-submit").click();
    await page.getByTestId("retention-saved").waitFor();
    expect(await panel.client.call("GET /api/v1/system/retention")).toEqual({ ...before, samplesDays: 7 });
    await waitFor(
      async () => {
        const { resolutions } = await panel.client.call("GET /api/v1/system/storage");
        return (resolutions.find(({ resolutionMs }) => resolutionMs === 0)?.since ?? 0) > Date.now() - 9 * DAY_MS;
      },
      { timeoutMs: 30_000, describe: "older samples are gone" },
    );
    await page.getByTestId("day-bars").getByRole("slider").focus();
    const text = await page.getByTestId("day-text").textContent();
    await page.keyboard.press("ArrowLeft");
    await waitFor(async () => (await page.getByTestId("day-text").textContent()) !== text, {
      describe: "another day is told",
    });
  });

  test("a viewer sees how long history is kept, and cannot change it", async () => {
    browser = await panel.browse("nobody");
    page = browser.page;
    await page.goto(`${panel.url}/login?next=%2Fsettings%2Fhistory`);
    await page.getByTestId("login-name").fill(VIEWER.name);
    await page.getByTestId("login-password").fill(VIEWER.password);
    await page.getByTestId("login-submit").click();
    await page.getByTestId("retention").waitFor();
    for (const field of ["samplesDays", "minutesDays", "hoursDays", "bytesMax"])
      expect(await page.getByTestId(`retention-${field}`).isDisabled(), field).toBe(true);
    await page.getByTestId("retention-presets").locator('[data-value="short"]').click();
    expect(await page.getByTestId("retention-samplesDays").inputValue()).not.toBe("365");
    expect(await page.getByTestId("retention-save").count()).toBe(0);
  });

  test("files of what is shown and of all readings are one click away", async () => {
    await look(`/servers/${ids[0]}?range=7d`);
    await shown("cpu");
    await page.locator('[data-chart="cpu"]').getByTestId("export").click();
    const link = async (name: string): Promise<URL> =>
      new URL((await page.getByTestId(`export-${name}`).getAttribute("href")) ?? "", panel.url);
    const points = await link("shown-csv");
    expect(points.pathname).toBe("/api/v1/metrics/export");
    expect(Object.fromEntries(points.searchParams)).toMatchObject({
      server: ids[0],
      metric: "cpu_busy_ratio",
      step: await plot("cpu").getAttribute("data-step"),
      format: "csv",
    });
    const samples = await link("samples-ndjson");
    expect(samples.searchParams.has("step")).toBe(false);
    expect(Number(samples.searchParams.get("to")) - Number(samples.searchParams.get("from"))).toBeGreaterThanOrEqual(
      7 * DAY_MS,
    );
    for (const [url, least] of [
      [points, 300],
      [samples, 2_000],
    ] as const) {
      const { status, text } = await panel.client.send("GET", url.pathname + url.search);
      expect(status, text.slice(0, 300)).toBe(200);
      expect(text.trim().split("\n").length).toBeGreaterThan(least);
    }
    await page.keyboard.press("Escape");
    expect(await page.getByTestId("export-shown-csv").count()).toBe(0);
    expect(inAddress("range")).toBe("7d");
  });

  test("series that are not stored are told on the page of their server", async () => {
    const { token } = await panel.client.call("POST /api/v1/join-tokens", { body: { name: "talker" } });
    const identity = await joinAs(panel.url, token, "talker");
    await using agent = await connectAs(panel.url, identity);
    agent.batch(
      1,
      Date.now(),
      Array.from({ length: SERIES_MAX + 5 }, (_, index) => index),
    );
    await agent.acknowledged(1);
    await look(`/servers/${identity.serverId}`);
    await page
      .getByTestId("server-warning")
      .filter({ hasText: /^5 series of this server are not stored/ })
      .waitFor();
  });
});
