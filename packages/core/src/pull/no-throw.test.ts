import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isMetricName, labelsProblem } from "../samples.ts";
import { SERVICE_LIMITS } from "../services/fitted-status.ts";
import { astraReading, AstraWatch, parseAstraStatus, parseAstraStreams, parseAstraSystem } from "./astra.ts";
import { ChannelWatch } from "./channel-watch.ts";
import { FlussonicReader, parseFlussonicPage } from "./flussonic.ts";
import { parseIpvtlStatus } from "./ipvtl.ts";
import { MediamtxReader } from "./mediamtx.ts";
import { NginxRtmpReader } from "./nginx-rtmp.ts";
import { NodeExporterReader } from "./node-exporter.ts";
import { parsePrometheusText } from "./prometheus-text.ts";
import { PullTextError } from "./pull-text.ts";
import type { PullReading } from "./reading.ts";
import { ServerMonitorReader } from "./server-monitor.ts";
import { parseSrsAnswer, SrsReader } from "./srs.ts";
import { parseVirgilio } from "./virgilio.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../../fixtures/pull/${name}`, import.meta.url), "utf8");
const TIMES = { now: Date.UTC(2026, 0, 15, 12), askedMs: 10_000, gotMs: 10_050 };
const LATER = { now: TIMES.now + 10_000, askedMs: 20_000, gotMs: 20_050 };

const PARSERS: Readonly<
  Record<string, { readonly read: (text: string) => Partial<PullReading>; readonly real: string }>
> = {
  ipvtl: {
    read: (text) => {
      const { channels, coreRatios, busyRatio } = parseIpvtlStatus(text);
      const watch = new ChannelWatch();
      watch.take(channels, TIMES);
      watch.moved(channels, LATER);
      watch.take(channels, LATER);
      return {
        samples: [busyRatio, ...coreRatios].flatMap((value) =>
          value === null ? [] : [{ metric: "cpu_busy_ratio", value }],
        ),
      };
    },
    real: fixture("ipvtl-status.json"),
  },
  mediamtx: {
    read: (text) => {
      const reader = new MediamtxReader();
      reader.read(text, TIMES);
      return reader.read(text, LATER);
    },
    real: fixture("mediamtx-paths.json"),
  },
  "nginx-rtmp": {
    read: (text) => {
      const reader = new NginxRtmpReader();
      reader.read(text, TIMES);
      return reader.read(text, LATER);
    },
    real: fixture("nginx-rtmp-stat.xml"),
  },
  srs: {
    // One record that is all three answers, so that each part of them is damaged.
    read: (text) => {
      const reader = new SrsReader();
      const answer = parseSrsAnswer(text);
      const answers = { streams: answer, clients: answer, summaries: answer };
      reader.read(answers, TIMES);
      return reader.read(answers, LATER);
    },
    real: JSON.stringify(
      ["streams", "clients", "summaries"].reduce(
        (all, name) => ({ ...all, ...(JSON.parse(fixture(`srs-${name}.json`)) as object) }),
        {},
      ),
    ),
  },
  flussonic: {
    read: (text) => {
      const reader = new FlussonicReader();
      reader.read([parseFlussonicPage(text)], TIMES);
      return reader.read([parseFlussonicPage(text)], LATER);
    },
    real: fixture("flussonic-streams.json"),
  },
  astra: {
    // One record that is all three answers, so that each part of them is damaged.
    read: (text) => {
      const watch = new AstraWatch();
      const system = parseAstraSystem(text);
      const status = parseAstraStatus(text);
      const { streams, count } = parseAstraStreams(text);
      const look = (times: typeof TIMES) => streams.map((stream) => watch.take(stream, status, times));
      look(TIMES);
      return astraReading({ system, looks: look(LATER), streamCount: count }, LATER);
    },
    real: JSON.stringify(
      ["stream-status", "system-status", "configuration"].reduce(
        (all, name) => ({ ...all, ...(JSON.parse(fixture(`astra-${name}.json`)) as object) }),
        {},
      ),
    ),
  },
  virgilio: { read: (text) => parseVirgilio(text, TIMES), real: fixture("virgilio-metrics.json") },
  "server-monitor": {
    read: (text) => {
      const reader = new ServerMonitorReader();
      reader.read(text, TIMES);
      return reader.read(text, LATER);
    },
    real: fixture("server-monitor-all.json"),
  },
  "prometheus-text": {
    read: (text) => {
      parsePrometheusText(
        text,
        () => true,
        () => true,
      );
      return {};
    },
    real: fixture("node-exporter-composed.txt"),
  },
  "node-exporter": {
    read: (text) => {
      const reader = new NodeExporterReader(["app*"]);
      reader.read(text, TIMES);
      return reader.read(text, LATER);
    },
    real: fixture("node-exporter-composed.txt"),
  },
};

const PUTS = [
  "",
  "-1",
  " ",
  "\n",
  ":",
  '"',
  "\\",
  "{",
  "}",
  "[",
  ",",
  "NaN",
  "null",
  "1e999",
  "-1e308",
  "true",
  "{}",
  "\u0000",
  "\u2028",
  "Ω",
  "__proto__",
  "x".repeat(300),
];
/** Any 16-bit codes, halves of pairs among them; fast-check's own take seconds to be made ready. */
const anyCodes = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 300 })
  .map((codes) => String.fromCharCode(...codes));
/** Real text with parts cut out, doubled or replaced by what breaks parsers. */
const damaged = (real: string): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.nat(real.length), fc.nat(40), fc.constantFrom(...PUTS)), { maxLength: 6 })
    .map((cuts) => cuts.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), real));
/** Real JSON with values replaced, so that it stays JSON. */
const replaced = (real: string): fc.Arbitrary<string> =>
  fc.tuple(fc.nat(200), fc.jsonValue({ maxDepth: 2 })).map(([place, value]) => {
    let count = 0;
    return JSON.stringify(JSON.parse(real, (_, old: unknown) => (count++ === place ? value : old)));
  });

describe.each(Object.entries(PARSERS))("[PL1] [PL5] [AG-18] the parser of %s", (_, { read, real }) => {
  test("reads what is real", () => expect(() => read(real)).not.toThrow());

  test("gives legal samples or one described error, whatever the text", () => {
    const isJson = real.startsWith("{");
    const texts = fc.oneof(fc.string({ maxLength: 300 }), anyCodes, damaged(real), ...(isJson ? [replaced(real)] : []));
    fc.assert(
      fc.property(texts, (text) => {
        let reading: Partial<PullReading>;
        try {
          reading = read(text);
        } catch (error) {
          if (!(error instanceof PullTextError) || error.message.length > 400) throw error;
          return;
        }
        for (const { metric, value, labels = {} } of reading.samples ?? []) {
          if (!isMetricName(metric) || labelsProblem(labels) !== undefined)
            throw new Error(`${metric} ${JSON.stringify(labels)}`);
          if (!Number.isFinite(value)) throw new Error(`${metric} is ${value}`);
          if (metric.endsWith("_ratio") && (value < 0 || value > 1)) throw new Error(`${metric} is ${value}`);
        }
        for (const { name, rawState } of reading.services ?? [])
          if (name.length > SERVICE_LIMITS.nameCharactersMax || rawState.length > SERVICE_LIMITS.rawStateCharactersMax)
            throw new Error(`${name} is too long`);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("[PL5] a disk, a core or an interface with a name that cannot be stored is left out, and nothing else", () => {
  const long = "x".repeat(300);
  const put = (text: string, times: typeof TIMES, reader: NodeExporterReader) => reader.read(text, times).samples;
  const real = fixture("node-exporter-composed.txt");
  const more = [
    `node_network_receive_bytes_total{device="${long}"} 5`,
    `node_cpu_seconds_total{cpu="${long}",mode="idle"} 5`,
    `node_disk_read_bytes_total{device="${long}"} 5`,
  ].join("\n");
  const [plain, strange] = [new NodeExporterReader([]), new NodeExporterReader([])];
  put(real, TIMES, plain);
  put(`${real}\n${more}\n`, TIMES, strange);
  const names = (samples: readonly PullReading["samples"][number][]): readonly string[] =>
    samples.map(({ metric, labels }) => `${metric} ${JSON.stringify(labels)}`);
  const told = names(put(`${real}\n${more}\n`, LATER, strange));
  expect(told.filter((name) => name.includes(long))).toEqual([]);
  expect(told.filter((name) => name.includes("interface"))).toEqual(
    names(put(real, LATER, plain)).filter((name) => name.includes("interface")),
  );
});
