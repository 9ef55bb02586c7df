import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  astraReading,
  AstraWatch,
  isAstraStreamId,
  parseAstraStatus,
  parseAstraStreams,
  parseAstraSystem,
} from "./astra.ts";
import type { AstraStreamStatus } from "./astra.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../fixtures/pull/astra-${name}.json`, import.meta.url), "utf8");
const NOW = 1_768_478_400_000;
const at = (seconds: number) => ({
  ...{ now: NOW + seconds * 1_000, askedMs: seconds * 1_000, gotMs: seconds * 1_000 },
});
const status = parseAstraStatus(fixture("stream-status"));
const [news, sport, film, bare] = parseAstraStreams(fixture("configuration")).streams as [
  Stream,
  Stream,
  Stream,
  Stream,
];
type Stream = ReturnType<typeof parseAstraStreams>["streams"][number];

test("[PL69] streams are those of the configuration that have an id, and nothing else of it is kept", () => {
  const { streams, count } = parseAstraStreams(fixture("configuration"));
  expect(count).toBe(6);
  expect(streams).toEqual([
    { id: "a001", name: "News HD", type: "spts", isOn: true },
    { id: "a002", name: "Sport", type: "spts", isOn: false },
    { id: "a003", name: "Film", type: "mpts", isOn: true },
    { id: "a004", name: "a004", type: "", isOn: undefined },
  ]);
  expect(parseAstraStreams('{"gid":1}')).toEqual({ streams: [], count: 0 });
});

test("[PL2] [PL69] numbers are told in base units; shares of a core stay shares of a core", () => {
  const watch = new AstraWatch();
  const looks = [watch.take(news, status, at(0)), watch.take(sport, undefined, at(0))];
  const reading = astraReading({ system: parseAstraSystem(fixture("system-status")), looks, streamCount: 700 }, at(0));
  const labels = { driver: "channel", service: "a001" };
  expect(reading.samples).toEqual([
    { metric: "load1", value: 1.52 },
    { metric: "load5", value: 0.98 },
    { metric: "load15", value: 0.75 },
    { metric: "cpu_busy_cores", value: 2.36 },
    { metric: "program_busy_cores", value: 0.84 },
    { metric: "memory_used_ratio", value: 0.41 },
    { metric: "program_memory_bytes", value: 524_288_000 },
    { metric: "uptime_seconds", value: 864_000 },
    { metric: "channel_readers", value: 7, labels },
    { metric: "channel_bytes_per_second", value: 500_000, labels },
    { metric: "channel_input", value: 2, labels },
    { metric: "channel_scrambled_packets_per_second", value: 0, labels },
    { metric: "channel_continuity_errors_per_second", value: 4, labels },
    { metric: "channel_packet_errors_per_second", value: 1, labels },
    { metric: "service_health_ratio", value: 1, labels },
  ]);
  expect(reading).toMatchObject({
    facts: { startedAt: NOW - 864_000_000 },
    warnings: ["It has 700 streams, of which 500 are read."],
  });
});

test("[PL7] a clock more than a minute off is warned of", () => {
  const reading = astraReading(
    { system: parseAstraSystem(fixture("system-status")), looks: [], streamCount: 0 },
    at(90),
  );
  expect(reading.warnings).toEqual(["its reading is dated 90 s back: look at its clock"]);
});

test.each<[string, Stream, Partial<AstraStreamStatus> | undefined, string, string, string]>([
  ["on air", news, {}, "running", "on air, input 2", "healthy"],
  ["off air", news, { isOnAir: false }, "running", "off air, input 2", "unknown"],
  [
    "on demand and not watched",
    film,
    { isActive: false, isOnAir: false },
    "running",
    "on demand, nobody watches",
    "unknown",
  ],
  ["turned off", sport, undefined, "stopped", "off", "unknown"],
  ["without a status", news, undefined, "unknown", "", "unknown"],
  ["that does not say whether it is on air", news, { isOnAir: undefined }, "unknown", "", "unknown"],
  ["that does not say whether it is on", bare, {}, "unknown", "", "unknown"],
])("[PL1] [PL69] a stream %s", (_what, stream, over, state, rawState, health) => {
  const told = over === undefined ? undefined : { ...status, ...over };
  expect(new AstraWatch().take(stream, told, at(0)).service).toMatchObject({
    state,
    rawState,
    health,
    run: null,
    since: null,
  });
});

test("[PL70] a run has a name from when it was seen to begin, and keeps it while it is on air", () => {
  const watch = new AstraWatch();
  const take = (seconds: number, over: Partial<AstraStreamStatus> = {}) => {
    const { run, since } = watch.take(news, { ...status, ...over }, at(seconds)).service;
    return [run, since];
  };
  expect(take(0)).toEqual([null, null]);
  expect(take(10)).toEqual([null, null]);
  expect(take(20, { isOnAir: false })).toEqual([null, null]);
  const began = ["on air since 2026-01-15T12:00:30Z", NOW + 30_000];
  expect(take(30)).toEqual(began);
  expect(take(40, { input: 1 })).toEqual(began);
  // An older look that was answered late.
  expect(watch.take(news, { ...status, isOnAir: false }, { ...at(41), askedMs: 35_000 }).service.run).toBe(began[0]);
  // What is not told ends no run.
  expect([take(42, { isOnAir: undefined }), take(44)]).toEqual([began, began]);
  expect(take(50, { isActive: false })).toEqual([null, null]);
  expect(take(55)[0]).toBe("on air since 2026-01-15T12:00:55Z");
  watch.doubt("a001");
  expect(take(58)).toEqual([null, null]);
  watch.keep(new Set());
  expect(take(60)).toEqual([null, null]);
});

test("[PL71] off air is unhealthy when two looks in a row found it so", () => {
  const watch = new AstraWatch();
  const health = (seconds: number, isOnAir: boolean) =>
    watch.take(news, { ...status, isOnAir }, at(seconds)).service.health;
  expect([health(0, false), health(1, false), health(2, false)]).toEqual(["unknown", "unknown", "unhealthy"]);
  expect([health(3, true), health(4, false)]).toEqual(["healthy", "unknown"]);
});

test.each(["", ".", "..", "a b", "a/b", "a%2f", "-a", "é", "a\n", "x".repeat(65)])("%j is no id of a stream", (id) =>
  expect(isAstraStreamId(id)).toBe(false),
);

test.each([
  ["", "empty"],
  ["<html>", "web page"],
  ["{}", "is this Cesbo Astra"],
  ['{"la1":1}', "is this Cesbo Astra"],
])("[PL5] %s is refused", (text, message) => {
  expect(() => parseAstraSystem(text)).toThrow(message);
});
test("[PL5] a list of streams that is none is refused", () =>
  expect(() => parseAstraStreams('{"make_stream":{}}')).toThrow("no list of streams"));
