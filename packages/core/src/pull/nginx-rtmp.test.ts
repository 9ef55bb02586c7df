import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { NginxRtmpReader } from "./nginx-rtmp.ts";

const real = readFileSync(new URL("../../../../fixtures/pull/nginx-rtmp-stat.xml", import.meta.url), "utf8");
const NOW = Date.UTC(2026, 0, 15, 12);
const at = (seconds: number) => ({
  ...{ now: NOW + seconds * 1_000, askedMs: seconds * 1_000, gotMs: seconds * 1_000 },
});

test("[PL63] live streams are services that run while somebody publishes, of newer and older versions", () => {
  const { services = [], samples, answeredBy, warnings } = new NginxRtmpReader().read(real, at(0));
  expect(services.map(({ name, state, kind, description }) => [name, state, kind, description])).toEqual([
    ["live/news", "running", "rtmp", "H264 1920x1080, AAC"],
    ["live/waited & wanted", "stopped", "", "live/waited & wanted"],
    ["older/cam", "running", "rtmp", "H264 720x576, MP3"],
  ]);
  expect(services[0]).toMatchObject({ run: "worker 4711 client 2", since: NOW - 3_600_000, verbs: [] });
  expect([answeredBy, warnings]).toEqual(["nginx 1.22.1 with RTMP 1.1.4", []]);
  const told = (metric: string) =>
    samples.flatMap((one) => (one.metric === metric ? [`${one.labels?.["service"]} ${one.value}`] : []));
  // What it says of bit rates is 0 in the first ten seconds of a stream, whatever comes in.
  expect(told("channel_bytes_per_second")).toEqual([]);
  expect(told("channel_readers")).toEqual(["live/news 2", "live/waited & wanted 1", "older/cam 0"]);
  expect(told("channel_dropped_frames")).toEqual(["live/news 6", "older/cam 4"]);
  expect(told("service_uptime_seconds")).toEqual(["live/news 3600", "older/cam 30"]);
});

test("[PL61] [PL63] a stream at which nothing came in is degraded, and a publisher that came anew is another run", () => {
  const reader = new NginxRtmpReader();
  const news = (text: string, seconds: number) => {
    const { services = [] } = reader.read(text, at(seconds));
    return services.find(({ name }) => name === "live/news");
  };
  const grown = real.replace("10000000", "10000001");
  expect(news(real, 0)?.health).toBe("unknown");
  expect(news(grown, 5)).toMatchObject({ health: "healthy", since: NOW - 3_600_000 });
  expect(news(grown, 10)?.health).toBe("degraded");
  expect(news(grown.replace("<id>2</id>", "<id>20</id>"), 15)).toMatchObject({
    ...{ health: "unknown", run: "worker 4711 client 20" },
  });
});

test("[PL63] its bit rates are what came in and went out between two looks, in newer and older versions", () => {
  const reader = new NginxRtmpReader();
  reader.read(real, at(0));
  const later = real
    .replace("<bytes_in>10000000<", "<bytes_in>15000000<")
    .replace("<bytes_out>20000000<", "<bytes_out>30000000<")
    .replace("<in>500000<", "<in>1500000<");
  const { samples } = reader.read(later, at(10));
  const told = (metric: string) =>
    samples.flatMap((one) => (one.metric === metric ? [`${one.labels?.["service"]} ${one.value}`] : []));
  expect(told("channel_bytes_per_second")).toEqual(["live/news 500000", "older/cam 100000"]);
  expect(told("channel_sent_bytes_per_second")).toEqual(["live/news 1000000", "older/cam 0"]);
});

test("[PL64] workers that answer in turn are warned of, one that was started anew is not", () => {
  const reader = new NginxRtmpReader();
  const warnings = (pid: number, uptime: number) =>
    reader.read(real.replace("4711", String(pid)).replace("7200", String(uptime)), at(uptime)).warnings;
  expect(warnings(1, 100)).toEqual([]);
  expect(warnings(1, 105)).toEqual([]);
  expect(warnings(2, 110)).toEqual([expect.stringContaining("worker_processes")]);
  expect(warnings(3, 2)).toEqual([]);
});

test("[PL62] more streams than are read are warned of", () => {
  const streams = Array.from({ length: 600 }, (_, index) => `<stream><name>s${index}</name></stream>`).join("");
  const text = `<rtmp><server><application><name>a</name><live>${streams}</live></application></server></rtmp>`;
  const { services, warnings } = new NginxRtmpReader().read(text, at(0));
  expect([services?.length, warnings]).toEqual([500, ["It has 600 streams, of which 500 are read."]]);
});

test.each([
  ["", "empty"],
  ["ok", "no XML"],
  ["<html><body>Sign in</body></html>", "no stat page"],
  [real.slice(0, 2_000), "ends in its middle"],
])("[PL5] what is no stat page is refused", (text, message) => {
  expect(() => new NginxRtmpReader().read(text, at(0))).toThrow(message);
});
