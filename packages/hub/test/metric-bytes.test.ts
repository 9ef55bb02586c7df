import { DAY_MS } from "@muster/core";
import { resources } from "@muster/protocol";
import type { QueryAnswer } from "@muster/protocol";
import { connectAs } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestHub } from "./agent-hub.ts";

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub[Symbol.asyncDispose]());

/** Whatever a text may hold, from an agent that means no good. */
const TEXTS = [
  "",
  "\u0000",
  '"quoted", and so on',
  "two\r\nlines",
  "=cmd|' /C calc'!A0",
  "\ud800 alone",
  "日本 🙂 \u202e",
  "{}[]\\u0000",
  "</script>",
  "__proto__",
  "\u001b]0;title\u0007",
];
/** At the ends of what a number may be; what is not finite is not read. */
const VALUES = [-0, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 0.1, 1e21, -1, 2 ** 53];

test("[XS-01] labels of any text and numbers of any size come back as they were sent, by query and export", async () => {
  const identity = await hub.join("hostile");
  const at = Date.now();
  const define = TEXTS.map((mount) => ({ metric: "filesystem_used_bytes", labels: { mount, __proto__x: mount } }));
  {
    await using agent = await connectAs(hub.address, identity);
    for (const [seq, value] of VALUES.entries()) {
      // JSON writes -0 as 0, so the row is text.
      const row = `[${at - 1_000 + seq},${TEXTS.map(() => (Object.is(value, -0) ? "-0" : String(value))).join(",")}]`;
      const head = { t: "batch", seq: seq + 1, layout: 0, ...(seq === 0 && { define }) };
      agent.send(`${JSON.stringify(head).slice(0, -1)},"rows":[${row}]}`);
      await agent.acknowledged(seq + 1);
    }
  }
  const of = `server=${identity.serverId}&metric=filesystem_used_bytes&from=${at - 60_000}&to=${at + 60_000}`;
  for (const mount of TEXTS) {
    const labels = JSON.stringify({ mount, __proto__x: mount });
    const chosen = `${of}&labels=${encodeURIComponent(labels)}`;
    const query = await hub.ask<QueryAnswer>("GET", `metrics/query?${chosen}&step=120000&function=count`);
    expect(query.body.series.map((line) => [line.labels, line.values])).toEqual([
      [{ mount, __proto__x: mount }, [VALUES.length]],
    ]);
    const { body } = await hub.ask<unknown>("GET", `metrics/export?${chosen}&format=json`);
    const { rows } = resources.exportAnswer.parse(body);
    expect(rows.map(({ value, labels: given, server, timeMs }) => [value, given, server, timeMs])).toEqual(
      VALUES.map((value, index) => [value, { mount, __proto__x: mount }, "hostile", at - 1_000 + index]),
    );
    expect(rows.every(({ time, timeMs }) => Date.parse(time) === timeMs)).toBe(true);
  }
});

test("[XS-04] the same as CSV has no formula, no line but its rows, and as many cells in each", async () => {
  const [server] = (await hub.servers()).filter(({ name }) => name === "hostile");
  const path = `/api/v1/metrics/export?server=${server!.id}&metric=filesystem_used_bytes&from=${Date.now() - DAY_MS}&to=${Date.now() + DAY_MS}`;
  const answer = await hub.fetch(path);
  expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  expect(answer.headers.get("content-disposition")).toMatch(
    /^attachment; filename="muster_filesystem_used_bytes(?:_\d{8}T\d{6}Z){2}\.csv"$/,
  );
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  const lines = (await answer.text()).split("\r\n");
  expect(lines.pop()).toBe("");
  expect(lines).toHaveLength(1 + TEXTS.length * VALUES.length);
  for (const line of lines.slice(1)) {
    expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z,\d+,-?[\d.e+-]+,[0-9a-f-]{36},hostile,filesystem_used_bytes,"\{/);
    // eslint-disable-next-line no-control-regex -- what a terminal or a reader of lines would obey
    expect(line).not.toMatch(/[\u0000-\u001f]/);
  }
});

test("instants ten years away are refused or empty, never wrong", async () => {
  const identity = await hub.join("timeless");
  const now = Date.now();
  await using agent = await connectAs(hub.address, identity);
  for (const [seq, years] of [-10, -1, 10].entries()) {
    agent.send({
      t: "batch",
      seq: seq + 1,
      layout: 0,
      ...(seq === 0 && { define: [{ metric: "load1" }] }),
      rows: [[now + years * 365 * DAY_MS, 1]],
      late: true,
    });
    await agent.acknowledged(seq + 1);
  }
  const to = now + 5 * 365 * DAY_MS;
  for (const [from, until] of [
    [now - 5 * 365 * DAY_MS, to],
    [1, 9 * 365 * DAY_MS],
    [to, to + 9 * 365 * DAY_MS],
  ] as const) {
    const of = `server=${identity.serverId}&metric=load1&from=${from}&to=${until}`;
    expect((await hub.ask<QueryAnswer>("GET", `metrics/query?${of}&step=86400000`)).body.series).toEqual([]);
    expect(await (await hub.fetch(`/api/v1/metrics/export?${of}&format=ndjson`)).text()).toBe("");
  }
});
