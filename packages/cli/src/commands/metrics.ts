import type { QueryLineView } from "@muster/protocol";
import { Option } from "commander";
import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { UNKNOWN } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { metricOptions, metricQuery } from "./metric-options.ts";
import type { MetricOptions } from "./metric-options.ts";
import { hubCommand, wholeNumber } from "./options.ts";

interface QueryOptions extends MetricOptions {
  readonly top?: string;
}
interface ExportOptions extends MetricOptions {
  readonly format?: "csv" | "ndjson" | "json";
}

/** `metrics query | export`. */
export function addMetricsCommands(program: Command, shell: Shell): void {
  const metrics = program.command("metrics").description("History of readings.");

  hubCommand<QueryOptions>(
    metricOptions(
      metrics
        .command("query")
        .description("Show what metrics were over a time: least, mean, greatest and last point of each line."),
    ).option("--top <count>", "of each metric, the lines with the greatest mean"),
    shell,
    async ({ hub, options, show }, ...names) => {
      const top = wholeNumber("--top", options.top, 1, 100);
      const query = await metricQuery(hub, names, options, shell.clock.now());
      const answer = await hub.call("GET /api/v1/metrics/query", {
        query: { ...query, ...(top !== undefined && { top }) },
      });
      await show(answer, async () => {
        if (answer.series.length === 0) return "Nothing was read then.\n";
        const { items } = await hub.call("GET /api/v1/servers");
        return lineTable(answer.series, new Map(items.map(({ id, name }) => [id, name])));
      });
    },
  );

  hubCommand<ExportOptions>(
    metricOptions(
      metrics
        .command("export")
        .description("Write samples to standard output, or with --step points. A code other than 0: it is not all."),
    ).addOption(new Option("--format <name>", "csv by default; --json means json").choices(["csv", "ndjson", "json"])),
    shell,
    async ({ hub, options }, ...names) => {
      const query = await metricQuery(hub, names, options, shell.clock.now());
      const format = options.format ?? (options.json ? "json" : "csv");
      for await (const part of hub.stream("GET /api/v1/metrics/export", { query: { ...query, format } })) {
        // Whoever reads has enough.
        if ((await shell.terminal.writeBytes(part)) === "closed") return;
      }
    },
  );
}

function lineTable(lines: readonly QueryLineView[], names: ReadonlyMap<string, string>): Promise<string> {
  return renderTable(
    [
      { title: "metric" },
      { title: "of" },
      { title: "labels" },
      { title: "function" },
      { title: "least", align: "right" },
      { title: "mean", align: "right" },
      { title: "greatest", align: "right" },
      { title: "last", align: "right" },
    ],
    lines.map((line) => {
      const points = line.values.filter((value) => value !== null);
      const mean = points.reduce((sum, value) => sum + value, 0) / points.length;
      return [
        line.metric,
        whoseOf(line, names),
        Object.entries(line.labels)
          .map(([name, value]) => `${name}=${value}`)
          .join(" "),
        line.function,
        short(points.reduce((least, value) => Math.min(least, value), Infinity)),
        short(mean),
        short(points.reduce((most, value) => Math.max(most, value), -Infinity)),
        short(points.at(-1) ?? NaN),
      ];
    }),
  );
}

function whoseOf({ serverId, tag, seriesCount }: QueryLineView, names: ReadonlyMap<string, string>): string {
  if (serverId !== null) return names.get(serverId) ?? serverId;
  if (tag !== null) return tag === "" ? "without a tag" : `tag ${tag}`;
  return `${seriesCount} series`;
}

/** Six digits that matter; what there is no point for is a dash. */
const short = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(6))) : UNKNOWN);
