import { MINUTE_MS, MusterError } from "@muster/core";
import type { QueryAnswer } from "@muster/protocol";
import { resources } from "@muster/protocol";
import { FakeClock, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { QUERY_TIME_MS_MAX } from "../src/http/limits.ts";
import type { Query, QueryLine } from "../src/metrics/metric-store.ts";
import { compareText } from "../src/metrics/series-order.ts";
import { startTestHub } from "./harness.ts";
import type { Answer, Client, TestHub } from "./harness.ts";
import { ScriptedSamples } from "./scripted-samples.ts";

/** A store that keeps what it is given, and can be told to take as long over a query as the caller waits. */
class PatientStore extends ScriptedSamples {
  isPatient = false;
  readonly asked: Query[] = [];
  gaveUpCount = 0;

  override async query(query: Query, signal: AbortSignal): Promise<readonly QueryLine[]> {
    this.asked.push(query);
    if (!this.isPatient) return super.query(query, signal);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    this.gaveUpCount++;
    throw signal.reason;
  }
}

let hub: TestHub;
let store: PatientStore;
let viewer: Client;
let ids: Readonly<Record<"alpha" | "beta" | "gamma", string>>;
const FROM = Date.UTC(2026, 0, 15, 11);
const TO = FROM + 10 * MINUTE_MS;

beforeAll(async () => {
  const clock = new FakeClock(FROM + 30 * MINUTE_MS);
  store = new PatientStore(clock);
  hub = await startTestHub({ clock, metricStore: store, servers: ["alpha", "beta", "gamma"] });
  // Answers come in the order of ids, which are random within a millisecond.
  const [alpha, beta, gamma] = hub.servers.map(({ id }) => id).toSorted(compareText) as [string, string, string];
  ids = { alpha, beta, gamma };
  const admin = hub.sessionOf("admin");
  for (const [id, tags] of [
    [alpha, ["web", "eu"]],
    [beta, ["eu"]],
  ] as const)
    expect((await admin.ask("PATCH", `/api/v1/servers/${id}`, { body: { tags } })).status).toBe(200);
  // Each minute: load1 is 1, 10, 100 by server and grows by that; the counter grows by 60 a minute.
  for (const [index, id] of [alpha, beta, gamma].entries()) {
    const series = (await store.series(id, [
      { metric: "load1", labels: {} },
      { metric: "network_receive_bytes_total", labels: { interface: "eth0" } },
      { metric: "network_receive_bytes_total", labels: { interface: "lo" } },
    ])) as number[];
    const rows = Array.from({ length: 11 }, (_, minute) => ({
      at: FROM + minute * MINUTE_MS,
      values: Float64Array.of(10 ** index * (minute + 1), minute * 60, minute * 120),
    }));
    await store.append({ serverId: id, series, rows });
  }
});
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(async () => {
  Object.assign(store, { isPatient: false, gaveUpCount: 0 });
  store.asked.length = 0;
  await hub.clock.advance(60_000);
  viewer = hub.sessionOf("viewer");
});

const pathOf = (of: Readonly<Record<string, string | number>>, door = "query"): string => {
  const { from = FROM, to = TO, ...more } = of;
  return `/api/v1/metrics/${door}?${new URLSearchParams({ from: `${from}`, to: `${to}`, ...more } as Record<string, string>).toString()}`;
};
const ask = (of: Readonly<Record<string, string | number>>): Promise<Answer> => viewer.get(pathOf(of));
async function linesOf(of: Readonly<Record<string, string | number>>): Promise<QueryAnswer["series"]> {
  const answer = await ask(of);
  expect([answer.status, answer.code]).toEqual([200, undefined]);
  expect(resources.queryAnswer.parse(answer.json)).toEqual(answer.json);
  return (answer.json as QueryAnswer).series;
}

describe("what is asked", () => {
  test("several metrics are one question to the store, each with its own function", async () => {
    const metric = "load1,network_receive_bytes_total,load1";
    const lines = await linesOf({ server: ids.alpha, metric, step: 5 * MINUTE_MS });
    expect(lines.map(({ metric: name, function: step, labels, values }) => [name, step, labels, values])).toEqual([
      ["load1", "avg", {}, [3, 8]],
      ["network_receive_bytes_total", "rate", { interface: "eth0" }, [1, 1]],
      ["network_receive_bytes_total", "rate", { interface: "lo" }, [2, 2]],
    ]);
    expect(store.asked).toHaveLength(1);
    expect(store.asked[0]?.select.map(({ metric: name }) => name)).toEqual(["load1", "network_receive_bytes_total"]);
  });

  test("functions, quantiles, labels, and a step made to fit", async () => {
    const one = { server: ids.alpha, metric: "load1", step: 10 * MINUTE_MS };
    const valueOf = async (more: Readonly<Record<string, string | number>>): Promise<unknown> =>
      (await linesOf({ ...one, ...more })).map(({ values }) => values);
    expect(await valueOf({ function: "quantile" })).toEqual([[5.5]]);
    expect(await valueOf({ function: "quantile", quantile: 0.9 })).toEqual([[9.1]]);
    expect(await valueOf({ function: "max" })).toEqual([[10]]);
    expect(await valueOf({ labels: '{"interface":"lo"}' })).toEqual([]);
    const counter = { metric: "network_receive_bytes_total", labels: '{"interface":"lo"}', function: "last" };
    expect(await valueOf(counter)).toEqual([[9 * 120]]);
    expect((await viewer.get(pathOf({ server: ids.alpha, metric: "load1" }))).json.stepMs).toBe(2_000);
  });

  test("by server, tag and all; a server with several tags counts in each", async () => {
    const of = { fleet: "true", metric: "load1", step: 10 * MINUTE_MS, function: "max", combine: "sum" };
    const rows = async (more: Readonly<Record<string, string>>) =>
      (await linesOf({ ...of, ...more })).map(({ serverId, tag, seriesCount, values }) => [
        serverId,
        tag,
        seriesCount,
        ...values,
      ]);
    expect(await rows({ by: "series" })).toEqual([
      [ids.alpha, null, 1, 10],
      [ids.beta, null, 1, 100],
      [ids.gamma, null, 1, 1_000],
    ]);
    const byServer = await rows({ by: "server", metric: "network_receive_bytes_total" });
    expect(byServer.toSorted(([left], [right]) => compareText(String(left), String(right)))).toEqual(
      [ids.alpha, ids.beta, ids.gamma].map((id) => [id, null, 2, 9 * 180]),
    );
    expect(await rows({ by: "tag" })).toEqual([
      [null, "eu", 2, 110],
      [null, "web", 1, 10],
      [null, "", 1, 1_000],
    ]);
    expect(await rows({ by: "all" })).toEqual([[null, null, 3, 1_110]]);
    expect(await rows({ by: "all", combine: "avg" })).toEqual([[null, null, 3, 370]]);
    expect(await rows({ by: "all", tag: "eu" })).toEqual([[null, null, 2, 110]]);
  });

  test("topmost lines, and bands", async () => {
    const of = { fleet: "true", metric: "load1", step: 10 * MINUTE_MS };
    expect((await linesOf({ ...of, top: 2 })).map(({ serverId }) => serverId)).toEqual([ids.beta, ids.gamma]);
    expect((await linesOf({ ...of, top: 1, bands: "true" }))[0]).toMatchObject({
      values: [550],
      min: [100],
      max: [1_000],
    });
    expect((await linesOf({ ...of, bands: "false" }))[0]).not.toHaveProperty("min");
  });

  test("one way of choosing servers, or it is refused; a tag narrows it", async () => {
    const of = { metric: "load1", step: 10 * MINUTE_MS };
    const chosen = async (more: Readonly<Record<string, string>>) =>
      (await linesOf({ ...of, ...more })).map(({ serverId }) => serverId);
    expect(await chosen({ tag: "web,eu" })).toEqual([ids.alpha, ids.beta]);
    expect(await chosen({ tag: "web", server: `${ids.gamma},${ids.alpha}` })).toEqual([ids.alpha]);
    expect(await chosen({ tag: "nobody" })).toEqual([]);
    expect(await chosen({ fleet: "true", tag: "eu" })).toEqual([ids.alpha, ids.beta]);
    const missing = "01920000-0000-7000-8000-000000000000";
    const wrong: readonly (readonly [Readonly<Record<string, string>>, string, string])[] = [
      [{}, "BAD_REQUEST", "query.server"],
      [{ fleet: "false" }, "BAD_REQUEST", "query.server"],
      [{ fleet: "true", server: ids.alpha }, "BAD_REQUEST", "query.fleet"],
      [{ fleet: "yes" }, "BAD_REQUEST", "query.fleet"],
      [{ server: `${ids.alpha},` }, "BAD_REQUEST", "query.server"],
      [{ server: `${ids.alpha},${missing}` }, "NOT_FOUND", "query.server"],
      [
        { server: Array.from({ length: 201 }, (_, index) => missing.slice(0, -3) + String(100 + index)).join(",") },
        "QUERY_TOO_LARGE",
        "query.server",
      ],
    ];
    for (const door of ["query", "export"])
      for (const [more, code, field] of wrong) {
        const answer = await viewer.get(pathOf({ metric: "load1", ...more }, door));
        expect([door, more, answer.code, Object.keys(answer.json.error.fields as object)]).toEqual([
          door,
          more,
          code,
          [field],
        ]);
      }
  });
});

describe("what is wrong", () => {
  test("an unknown metric is empty and no error", async () => {
    expect(await linesOf({ fleet: "true", metric: "no_such_metric" })).toEqual([]);
    expect(await linesOf({ server: ids.alpha, metric: "load1", from: 1, to: 60_000 })).toEqual([]);
  });

  const wrong: readonly (readonly [Readonly<Record<string, string | number>>, string, string])[] = [
    [{ from: TO, to: FROM }, "BAD_REQUEST", "query.to"],
    [{ from: FROM, to: FROM }, "BAD_REQUEST", "query.to"],
    [{ from: 1, to: 320_000_000_000 }, "QUERY_TOO_LARGE", "query.from"],
    [{ from: -1 }, "BAD_REQUEST", "query.from"],
    [{ from: 1.5 }, "BAD_REQUEST", "query.from"],
    [{ to: "NaN" }, "BAD_REQUEST", "query.to"],
    [{ to: "1e400" }, "BAD_REQUEST", "query.to"],
    [{ to: "999999999999999" }, "BAD_REQUEST", "query.to"],
    [{ step: 0 }, "BAD_REQUEST", "query.step"],
    [{ step: 999 }, "BAD_REQUEST", "query.step"],
    [{ step: 1_000.5 }, "BAD_REQUEST", "query.step"],
    [{ step: 31_536_000_001 }, "BAD_REQUEST", "query.step"],
    [{ function: "median" }, "BAD_REQUEST", "query.function"],
    [{ function: "quantile", quantile: 1.01 }, "BAD_REQUEST", "query.quantile"],
    [{ by: "rack" }, "BAD_REQUEST", "query.by"],
    [{ combine: "rate" }, "BAD_REQUEST", "query.combine"],
    [{ metric: "Load1" }, "BAD_REQUEST", "query.metric"],
    [{ metric: "load1," }, "BAD_REQUEST", "query.metric"],
    [{ metric: Array.from({ length: 51 }, (_, index) => `m${index}`).join(",") }, "QUERY_TOO_LARGE", "query.metric"],
    [{ labels: "mount=/" }, "BAD_REQUEST", "query.labels"],
    [{ labels: "[]" }, "BAD_REQUEST", "query.labels"],
    [{ labels: "null" }, "BAD_REQUEST", "query.labels"],
    [{ labels: '{"mount":1}' }, "BAD_REQUEST", "query.labels"],
    [{ labels: '{"Mount":"/"}' }, "BAD_REQUEST", "query.labels"],
  ];
  test.for(wrong)("%j is refused by query and export alike", async ([of, code, field]) => {
    for (const door of ["query", "export"]) {
      const step = door === "export" ? { step: 60_000 } : {};
      const answer = await viewer.get(pathOf({ server: ids.alpha, metric: "load1", ...step, ...of }, door));
      expect([door, answer.code, Object.keys(answer.json.error.fields as object)]).toEqual([door, code, [field]]);
    }
    expect(store.asked).toEqual([]);
  });

  test("an export of samples takes nothing that makes points; a query has no top below 1 and no format", async () => {
    for (const [name, value] of [
      ["function", "avg"],
      ["quantile", "0.5"],
      ["by", "all"],
      ["combine", "sum"],
    ] as const) {
      const answer = await viewer.get(pathOf({ server: ids.alpha, metric: "load1", [name]: value }, "export"));
      expect([answer.code, answer.json.error.fields]).toEqual([
        "BAD_REQUEST",
        { [`query.${name}`]: "goes with step only" },
      ]);
    }
    for (const more of [{ top: 0 }, { top: 101 }, { format: "csv" }])
      expect((await ask({ server: ids.alpha, metric: "load1", ...more })).code).toBe("BAD_REQUEST");
    for (const more of [{ format: "xml" }, { top: 1 }, { bands: "true" }])
      expect((await viewer.get(pathOf({ server: ids.alpha, metric: "load1", ...more }, "export"))).code).toBe(
        "BAD_REQUEST",
      );
  });
});

describe("[DS-04] what takes too long or too much", () => {
  test("[DS-04] more points than an answer may have are refused", async () => {
    const answer = await ask({ fleet: "true", metric: "load1", from: FROM - 200_000_000, to: TO, step: 1_000 });
    expect([answer.status, answer.code]).toEqual([422, "QUERY_TOO_LARGE"]);
  });

  test.for(["query", "export"])("[DS-04] a %s that takes too long is given up, and says so", async (door) => {
    store.isPatient = true;
    const waiting = viewer.get(pathOf({ server: ids.alpha, metric: "load1", step: 60_000 }, door));
    await waitFor(() => store.asked.length === 1, { describe: "the store was asked" });
    await hub.clock.advance(QUERY_TIME_MS_MAX);
    expect(await waiting).toMatchObject({ status: 422, code: "QUERY_TIMED_OUT" });
    expect(store.gaveUpCount).toBe(1);
  });

  test.for(["query", "export"])("[DS-04] a %s nobody waits for any more is given up at once", async (door) => {
    store.isPatient = true;
    const gone = new AbortController();
    const asked = fetch(`http://127.0.0.1:${hub.port}${pathOf({ server: ids.alpha, metric: "load1" }, door)}`, {
      headers: { cookie: viewer.cookie! },
      signal: gone.signal,
    }).catch((error: unknown) => error);
    await waitFor(() => store.asked.length === 1, { describe: "the store was asked" });
    gone.abort();
    expect(await asked).toMatchObject({ name: "AbortError" });
    await waitFor(() => store.gaveUpCount === 1, { describe: "the store gave up" });
    expect(hub.logs.filter((line) => line.includes(String(new MusterError("INTERNAL").message)))).toEqual([]);
  });
});
