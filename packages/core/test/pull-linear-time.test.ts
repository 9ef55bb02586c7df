import { describe, expect, test } from "vitest";
import {
  FlussonicReader,
  MediamtxReader,
  NginxRtmpReader,
  NodeExporterReader,
  PullTextError,
  ServerMonitorReader,
  parseAstraStatus,
  parseAstraStreams,
  parseSrsAnswer,
  SrsReader,
  parseFlussonicPage,
  parseIpvtlStatus,
  parseVirgilio,
} from "../src/index.ts";
import { GROWTH_MAX, LENGTH, growth, over } from "./growth.ts";

const TIMES = { now: 0, askedMs: 0, gotMs: 0 };
const exporter = new NodeExporterReader(["a"]);
const SENSOR = 'node_hwmon_temp_celsius{chip="a",sensor="b"} 40\n';
const field = (text: string): string => JSON.stringify(text);

/** Where a text of any length may stand in an answer, by what reads it. Whole JSON is the platform's to read. */
const PLACES: Readonly<Record<string, (text: string) => unknown>> = {
  "the whole of a node_exporter": (text) => exporter.read(`${text}\n`, TIMES),
  "a label of a node_exporter": (text) =>
    exporter.read(`a{b="${text.slice(0, 2 * Math.floor(text.length / 16))}"} 1\n`.repeat(8), TIMES),
  "lines of a node_exporter": (text) =>
    exporter.read(`a{b="c"} ${text.slice(0, 100)}\n`.repeat(text.length / 100), TIMES),
  "sensors of one chip": (text) => exporter.read(SENSOR.repeat(Math.min(text.length / 2, 40_000)), TIMES),
  "a field of a Virgilio agent": (text) =>
    parseVirgilio(`{"metrics":{"reported_at":${field(text)},"hostname":${field(text)}}}`, TIMES),
  "a field of a server-monitor agent": (text) =>
    new ServerMonitorReader().read(
      `{"system":{"uptime":${field(text)},"disk":{"total":${field(text)}},"cpu":{"load_avg":${field(text)}}},"processes":[{"pid":"1","command":${field(text)}}]}`,
      TIMES,
    ),
  "a path of MediaMTX": (text) =>
    new MediamtxReader().read(
      `{"items":[{"name":${field(text)},"online":true,"onlineTime":${field(text)},"tracks":[${field(text)}]}]}`,
      TIMES,
    ),
  "the whole of a stat page": (text) => new NginxRtmpReader().read(`<rtmp>${text}`, TIMES),
  "a stream of a stat page": (text) =>
    new NginxRtmpReader().read(
      `<rtmp><server><application><live><stream><name>${text.replaceAll("<", "&lt;")}</name></stream></live></application></server></rtmp>`,
      TIMES,
    ),
  "a stream of SRS": (text) => {
    const streams = `{"code":0,"streams":[{"url":${field(text)},"app":${field(text)},"publish":{"cid":${field(text)}},"video":{"codec":${field(text)}}}]}`;
    return new SrsReader().read({ streams: parseSrsAnswer(streams), clients: {}, summaries: {} }, TIMES);
  },
  "a stream of Flussonic": (text) =>
    new FlussonicReader().read(
      [
        parseFlussonicPage(
          `{"next":${field(text)},"streams":[{"name":${field(text)},"stats":{"alive":true,"status":${field(text)},"media_info":{"tracks":[{"codec":${field(text)}}]}}}]}`,
        ),
      ],
      TIMES,
    ),
  "a stream of Astra": (text) => {
    parseAstraStatus(`{"onair":true,"name":${field(text)}}`);
    return parseAstraStreams(
      `{"make_stream":[{"id":${field(text)},"name":${field(text)}},{"id":"a","type":${field(text)}}]}`,
    );
  },
  "a status of an IPVTL box": (text) => parseIpvtlStatus(`{"channels":[{"state":"running","status":${field(text)}}]}`),
};

describe("an answer of a pulled server", () => {
  test.each(Object.entries(PLACES))(
    "[PL5] [AG-18] takes time in proportion to its length: %s",
    (_place, read) => {
      for (const piece of [
        "<a>",
        "<a/>",
        "</a",
        "<!--",
        "<?",
        "&amp;",
        "{",
        '"',
        '\\"',
        'a{b="c",',
        " ",
        "9:",
        "a 1.e",
      ]) {
        const texts = new Map([LENGTH, 4 * LENGTH].map((length) => [length, over(piece, length)]));
        const work = (length: number): void => {
          try {
            read(texts.get(length)!);
          } catch (error) {
            if (!(error instanceof PullTextError)) throw error;
          }
        };
        expect(growth(work), piece).toBeLessThan(GROWTH_MAX);
      }
    },
    60_000,
  );
});
