import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseSrsAnswer, SrsReader } from "./srs.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../fixtures/pull/srs-${name}.json`, import.meta.url), "utf8");
const STREAMS = fixture("streams");
const real = {
  streams: parseSrsAnswer(STREAMS),
  clients: parseSrsAnswer(fixture("clients")),
  summaries: parseSrsAnswer(fixture("summaries")),
};
const NOW = Date.UTC(2026, 0, 15, 12);
const at = (seconds: number) => ({
  ...{ now: NOW + seconds * 1_000, askedMs: seconds * 1_000, gotMs: seconds * 1_000 },
});

test("[PL66] [PL67] streams are services that run while they are published to, of newer and older versions", () => {
  const { services = [], samples, answeredBy } = new SrsReader().read(real, at(0));
  expect(services.map(({ name, state, kind, run, description }) => [name, state, kind, run, description])).toEqual([
    ["live/news", "running", "fmle-publish", "c-1", "H264 1920x1080, AAC"],
    ["live/older", "running", "flash-publish", "104", "H264"],
    ["other.example/live/gone", "stopped", "", null, "other.example/live/gone"],
  ]);
  expect(services[0]).toMatchObject({ since: NOW - 3_600_500, verbs: [] });
  expect(answeredBy).toBe("SRS 5.0.213");
  const told = (metric: string) =>
    samples.flatMap((one) => (one.metric === metric ? [`${one.labels?.["service"] ?? ""} ${one.value}`] : []));
  expect(told("channel_bytes_per_second")).toEqual(["live/news 500000", "live/older 10000"]);
  expect(told("channel_sent_bytes_per_second")).toEqual(["live/news 1000000"]);
  expect(told("channel_readers")).toEqual(["live/news 2", "other.example/live/gone 1", "live/older 0"]);
  expect([told("load1"), told("load15")]).toEqual([[" 0.5"], [" 0.125"]]);
});

test("[PL66] health is judged by what came in within 12 seconds, of one publisher", () => {
  const reader = new SrsReader();
  const news = (streams: string, seconds: number) =>
    reader
      .read({ ...real, streams: parseSrsAnswer(streams) }, at(seconds))
      .services?.find(({ name }) => name === "live/news")?.health;
  const grown = STREAMS.replace("10000000", "10000001");
  expect(news(STREAMS, 0)).toBe("unknown");
  expect(news(STREAMS, 8)).toBe("unknown");
  expect(news(grown, 15)).toBe("healthy");
  expect(news(grown, 20)).toBe("healthy");
  expect(news(grown, 30)).toBe("degraded");
  expect(news(grown.replace('"c-1"', '"c-9"'), 45)).toBe("unknown");
});

test("[PL62] more streams than are read are warned of", () => {
  const streams = Array.from({ length: 501 }, (_, index) => ({ app: "a", name: `s${index}` }));
  const { services, warnings } = new SrsReader().read({ ...real, streams: { code: 0, streams } }, at(0));
  expect([services?.length, services?.[0]?.state, warnings]).toEqual([
    ...[500, "unknown", ["It has more than 500 streams; so many are read."]],
  ]);
});

test.each([
  ["", "empty"],
  ["<html>", "web page"],
  ['{"code":1061}', "the code"],
  ['{"status":"ok"}', "the code"],
  ['{"code":0}', "no list of streams"],
])("[PL5] %s is refused", (streams, message) => {
  expect(() => new SrsReader().read({ ...real, streams: parseSrsAnswer(streams) }, at(0))).toThrow(message);
});
