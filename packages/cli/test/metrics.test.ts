import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { HubClient } from "../src/client/hub-client.ts";
import { systemClock } from "@muster/node-kit";
import { commandLine } from "./command-line.ts";
import { smallServer } from "./small-server.ts";

const token = { MUSTER_TOKEN: "msa1.test" };
const ID = "01920000-0000-7000-8000-000000000001";
const SERVERS = { "GET /api/v1/servers": { body: { items: [{ id: ID, name: "web-1" }] } } };
const line = {
  metric: "cpu_busy_ratio",
  function: "avg",
  serverId: ID,
  tag: null,
  labels: {},
  seriesCount: 1,
  values: [0.25, null, 0.5],
  resolutionMs: null,
};

test("metrics query asks for what the options say and shows a line each", async () => {
  const path =
    `/api/v1/metrics/query?metric=cpu_busy_ratio%2Cload1&server=${ID}&labels=%7B%22mount%22%3A%22%2Fa%3Db%22%7D` +
    "&from=1767225600000&to=1767229200000&step=60000&function=quantile&quantile=0.9&by=series&combine=max&top=3";
  const answer = {
    from: 1,
    to: 2,
    stepMs: 1,
    series: [line, { ...line, serverId: null, values: [null], seriesCount: 4 }],
  };
  await using hub = await smallServer({ ...SERVERS, [`GET ${path}`]: { body: answer } });
  const env = { ...token, MUSTER_URL: hub.url };
  const argv = [
    ...["metrics", "query", "cpu_busy_ratio", "load1", "--server", "web-1", "--label", "mount=/a=b"],
    ...["--from", "2026-01-01", "--to", "1767229200000", "--step", "1m", "--function", "quantile"],
    ...["--quantile", "0.9", "--by", "series", "--combine", "max", "--top", "3"],
  ];
  const human = await commandLine(argv, { env });
  expect(human).toMatchObject({ code: 0, errors: "" });
  expect(human.output.split("\n")[1]).toMatch(/^cpu_busy_ratio +web-1 +avg +0\.25 +0\.375 +0\.5 +0\.5$/);
  expect(human.output.split("\n")[2]).toMatch(/^cpu_busy_ratio +4 series +avg +– +– +– +–$/);
  expect(JSON.parse((await commandLine([...argv, "--json"], { env })).output)).toEqual(answer);
});

test("a metric of a service is asked for by the service's name", async () => {
  const path =
    `/api/v1/metrics/query?metric=service_memory_bytes&server=${ID}` +
    "&labels=%7B%22driver%22%3A%22systemd%22%2C%22service%22%3A%22nginx.service%22%7D&from=0&to=1";
  const service = { id: "s-1", serverId: ID, server: "web-1", driver: "systemd", name: "nginx.service" };
  const answer = { from: 0, to: 1, stepMs: 1, series: [] };
  await using hub = await smallServer({
    ...SERVERS,
    "GET /api/v1/services": { body: { items: [service] } },
    [`GET ${path}`]: { body: answer },
  });
  const argv = ["metrics", "query", "service_memory_bytes", "--service", "nginx", "--from", "0", "--to", "1"];
  const { code, output } = await commandLine(argv, { env: { ...token, MUSTER_URL: hub.url } });
  expect([code, output]).toEqual([0, "Nothing was read then.\n"]);
});

test.each([
  [["--last", "soon"], "--last: must be whole numbers with d, h, m or s"],
  [["--last", "1h", "--from", "2026-01-01"], "--last: goes without --from"],
  [["--from", "yesterday"], "--from: must be ISO 8601"],
  [["--label", "mount"], "--label: must be name=value"],
  [["--by", "rack"], "Allowed choices are series, server, tag, all"],
])("metrics query %j is a wrong use", async (options, words) => {
  await using hub = await smallServer(SERVERS);
  const { code, errors } = await commandLine(["metrics", "query", "load1", "--fleet", ...options], {
    env: { ...token, MUSTER_URL: hub.url },
  });
  expect([code, errors]).toEqual([64, expect.stringContaining(words)]);
});

/** A hub that answers every request so. */
async function withHub(answer: RequestListener, work: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
const EXPORT = ["metrics", "export", "load1", "--fleet", "--last", "1h"];

test("metrics export writes the file as it came, in the format that was asked for", async () => {
  const asked: string[] = [];
  const answer: RequestListener = (request, response) => {
    asked.push(new URL(request.url!, "http://hub").searchParams.get("format")!);
    // Cut in the middle of a letter.
    const bytes = Buffer.from("time,ö\r\n");
    response.write(bytes.subarray(0, 6), () => response.end(bytes.subarray(6)));
  };
  await withHub(answer, async (url) => {
    for (const more of [[], ["--format", "ndjson"], ["--json"]]) {
      const result = await commandLine([...EXPORT, ...more], { env: { ...token, MUSTER_URL: url } });
      expect(result).toMatchObject({ code: 0, output: "time,ö\r\n", errors: "" });
    }
  });
  expect(asked).toEqual(["csv", "ndjson", "json"]);
});

test("an export that is cut off ends with 69 and says that it is not all", async () => {
  const answer: RequestListener = (_request, response) => {
    response.write("time,timeMs\r\n1,2\r\n", () => response.destroy());
  };
  await withHub(answer, async (url) => {
    const { code, output, errors } = await commandLine(EXPORT, { env: { ...token, MUSTER_URL: url } });
    expect([code, output]).toEqual([69, "time,timeMs\r\n1,2\r\n"]);
    expect(errors).toContain("what came is not all");
  });
});

test("an export that is refused writes nothing and ends with the refusal's code", async () => {
  const error = { code: "QUERY_TOO_LARGE", message: "Too many rows.", requestId: "r-1" };
  await withHub(
    (_request, response) =>
      void response.writeHead(422, { "content-type": "application/json" }).end(JSON.stringify({ error })),
    async (url) => {
      const result = await commandLine(EXPORT, { env: { ...token, MUSTER_URL: url } });
      expect(result).toMatchObject({ code: 64, output: "" });
      expect(result.errors).toContain("(QUERY_TOO_LARGE, request r-1)");
    },
  );
});

test("who stops reading ends the request, and what is not read is not taken", async () => {
  let sentBytes = 0;
  let isGone = false;
  const answer: RequestListener = (_request, response) => {
    response.on("close", () => (isGone = true));
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(65_536))) sentBytes += 65_536;
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  };
  await withHub(answer, async (url) => {
    const credential = { kind: "token", token: "msa1.test" } as const;
    const hub = new HubClient({ url: new URL(url), trust: { by: "authorities" }, credential }, { clock: systemClock });
    const query = { metric: "load1", fleet: "true", from: 0, to: 1 } as const;
    for await (const part of hub.stream("GET /api/v1/metrics/export", { query })) {
      expect(part.length).toBeGreaterThan(0);
      break;
    }
    await waitFor(() => isGone, { describe: "the hub sees the client go" });
    expect(sentBytes).toBeLessThan(50e6);
  });
});

const RETENTION = { samplesDays: 30, minutesDays: 180, hoursDays: 1_825, bytesMax: null };

test("retention shows, and set changes only what is named", async () => {
  await using hub = await smallServer({
    "GET /api/v1/system/retention": { body: RETENTION },
    "PUT /api/v1/system/retention": { body: { ...RETENTION, samplesDays: 7, bytesMax: 2 ** 30 } },
  });
  const env = { ...token, MUSTER_URL: hub.url };
  expect((await commandLine(["retention"], { env })).output).toBe(
    "samples: 30 days\nminutes: 180 days\nhours:   1825 days\nat most: no bound\n",
  );
  const set = ["retention", "set", "--samples-days", "7", "--bytes-max"];
  expect((await commandLine([...set, "1073741824"], { env })).output).toContain("at most: 1.00 GiB");
  expect((await commandLine([...set, "none", "--json"], { env })).output).toContain('"samplesDays": 7');
  const sent = hub.seen.filter(({ method }) => method === "PUT").map(({ body }) => JSON.parse(body) as unknown);
  expect(sent).toEqual([
    { ...RETENTION, samplesDays: 7, bytesMax: 1_073_741_824 },
    { ...RETENTION, samplesDays: 7 },
  ]);
  for (const wrong of [[], ["--samples-days", "0"], ["--hours-days", "1.5"], ["--bytes-max", "1000"]]) {
    expect((await commandLine(["retention", "set", ...wrong], { env })).code).toBe(64);
  }
});

test("storage is a table and a forecast", async () => {
  const storage = {
    state: "working",
    bytes: 3 * 2 ** 20,
    freeBytes: null,
    seriesCount: 60,
    sampleCount: 1_000,
    refusedSeriesCount: 2,
    resolutions: [
      { resolutionMs: 0, bytes: 1_500, count: 1_000, since: 1_767_225_600_000 },
      { resolutionMs: 3_600_000, bytes: 0, count: 0, since: null },
    ],
    days: [],
    forecast: { bytesPerDay: 2 ** 20, samplesPerDay: 900, bytesWhenFull: 2 ** 30, daysLeft: 12, bound: "disk" },
  };
  await using hub = await smallServer({ "GET /api/v1/system/storage": { body: storage } });
  const env = { ...token, MUSTER_URL: hub.url };
  const { output } = await commandLine(["storage"], { env });
  expect(output).toContain("takes:          3.00 MiB, – free\n");
  expect(output).toContain("lasts:          12 days, then the disk is full\n");
  expect(output).toMatch(/^samples +2026-01-01 00:00:00Z +1000 +1\.46 KiB +1\.50$/m);
  expect(output).toMatch(/^hours +– +0 +0 B +–$/m);
  expect(JSON.parse((await commandLine(["storage", "--json"], { env })).output)).toEqual(storage);
});
