import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FlussonicReader, parseFlussonicPage } from "./flussonic.ts";

const real = readFileSync(new URL("../../../../fixtures/pull/flussonic-streams.json", import.meta.url), "utf8");
const NOW = Date.UTC(2026, 0, 15, 12);
const at = (seconds: number) => ({
  ...{ now: NOW + seconds * 1_000, askedMs: seconds * 1_000, gotMs: seconds * 1_000 },
});

test("[PL68] streams are services that run while their source is alive, with its own word for it", () => {
  const page = parseFlussonicPage(real);
  expect(page).toMatchObject({ count: 3, next: "JTI0cG9zaXRpb249bmV4dA==" });
  const { services = [], samples } = new FlussonicReader().read([page], at(0));
  expect(services.map(({ name, state, rawState, description }) => [name, state, rawState, description])).toEqual([
    ["backup", "stopped", "waiting", "backup"],
    ["news", "running", "running", "h264 1920x1080, aac"],
    ["silent", "unknown", "", "silent"],
  ]);
  expect(services[1]).toMatchObject({ since: NOW - 3_600_000, run: "opened 1768474800000", verbs: [] });
  expect(samples.flatMap(({ metric, value }) => (metric === "channel_readers" ? [value] : []))).toEqual([2, 0]);
});

test("[PL61] [PL68] what comes in between two looks is the bit rate and the health", () => {
  const reader = new FlussonicReader();
  const news = (text: string, seconds: number) => {
    const { services, samples } = reader.read([parseFlussonicPage(text)], at(seconds));
    const rate = samples.find(({ metric }) => metric === "channel_bytes_per_second")?.value;
    return [services?.find(({ name }) => name === "news")?.health, rate];
  };
  const grown = real.replace("10000000", "12000000");
  expect(news(real, 0)).toEqual(["unknown", undefined]);
  expect(news(grown, 4)).toEqual(["healthy", 500_000]);
  expect(news(grown, 8)).toEqual(["degraded", 0]);
  expect(news(grown.replace("1768474800000", "1768478410000"), 12)).toEqual(["unknown", undefined]);
});

test.each([
  ["", "empty"],
  ["<html>", "web page"],
  ['{"errors":[{"title":"unauthorized"}]}', "no list of streams"],
  ['{"streams":{}}', "no list of streams"],
])("[PL5] %s is refused", (text, message) => {
  expect(() => parseFlussonicPage(text)).toThrow(message);
});
