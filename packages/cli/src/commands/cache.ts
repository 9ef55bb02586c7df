import { MusterError } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { RouteAnswer } from "@muster/protocol";
import type { Command } from "commander";
import { provingIdentity } from "../actions/ask.ts";
import { outcomeFailure } from "../actions/outcome-failure.ts";
import type { HubClient } from "../client/hub-client.ts";
import { healthCell } from "../services/service-table.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { bytes, percent, span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import { confirm, hubCommand, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";

type Cache = RouteAnswer<"GET /api/v1/probes/{id}">;
type Probe = Cache["probe"];
type Fact = Cache["report"]["facts"][number];
type Table = Cache["report"]["tables"][number];

interface ClearOptions extends HubOptions {
  readonly pattern?: string;
  readonly everything?: boolean;
  readonly yes?: boolean;
}

/** `cache stats | clear`: what probes of Redis see, and removing keys by way of one. */
export function addCacheCommands(program: Command, shell: Shell): void {
  const cache = program.command("cache").description("Redis, Valkey and KeyDB servers that are probed.");

  hubCommand<HubOptions>(
    cache
      .command("stats [redis-probe]")
      .description("Show how full, quick and useful each is; of one by its name all that its last look saw."),
    shell,
    async ({ hub, show, colours }, name) => {
      const probes = name === undefined ? await redisProbes(hub) : [await findRedisProbe(hub, name)];
      const items: Cache[] = [];
      for (const { id } of probes) items.push(await hub.call("GET /api/v1/probes/{id}", { params: { id } }));
      await show({ items }, () => {
        const [only] = items;
        if (only === undefined) return "No Redis is probed.\n";
        return name === undefined ? statsTable(items, colours) : statsOf(only);
      });
    },
  );

  hubCommand<ClearOptions>(
    cache
      .command("clear [redis-probe]")
      .description("Remove the keys that a pattern matches from the database of a probe, and wait for the outcome.")
      .option("-p, --pattern <glob>", "which keys, such as 'cache:*'")
      .option("--everything", "every key of the database")
      .option("-y, --yes", "do not ask")
      .addHelpText(
        "after",
        "\nThe probe need not be named where there is only one of a Redis. Its user needs +scan and +unlink (docs/probes.md)." +
          "\nEnds with 0 when all were removed; otherwise 72 failed or stopped on the way, 75 unknown, 77 refused.",
      ),
    shell,
    async ({ hub, options, show }, name) => {
      const { everything = false } = options;
      if (options.pattern === undefined && !everything)
        throw wrongOption("--pattern", "is needed, or --everything where every key is meant");
      const pattern = options.pattern ?? "*";
      const probe = await findRedisProbe(hub, name);
      const which = options.pattern === undefined ? "EVERY key" : `the keys ${pattern}`;
      const where = `database ${String(probe.settings["database"] ?? 0)} of ${probe.name} (${probe.target})`;
      await confirm(shell, options.yes, `Remove ${which} from ${where}? They cannot be had back.`);
      const acted = await provingIdentity(shell, hub, options, (client) =>
        client.call("POST /api/v1/probes/{id}/acts/{act}", {
          params: { id: probe.id, act: "clear" },
          body: { arguments: { pattern, everything } },
        }),
      );
      await show(acted, () => `${acted.outcome}: ${escapeControls(acted.detail)}\n`);
      const failure = outcomeFailure([acted]);
      if (failure) throw failure;
    },
  );
}

const redisProbes = async (hub: HubClient): Promise<readonly Probe[]> =>
  (await hub.call("GET /api/v1/probes", { query: { kind: "redis" } })).items;

/** One by its name or id, or the only one. Throws NOT_FOUND with the names that there are, BAD_REQUEST where one must be named. */
async function findRedisProbe(hub: HubClient, wanted: string | undefined): Promise<Probe> {
  const probes = await redisProbes(hub);
  const [only] = probes;
  const names = probes.map(({ name }) => name).join(", ");
  if (wanted === undefined) {
    if (only === undefined) throw new MusterError("NOT_FOUND", { message: "No Redis is probed." });
    if (probes.length === 1) return only;
    throw new MusterError("BAD_REQUEST", { message: `Say which: ${names}.` });
  }
  const found = probes.find(({ id }) => id === wanted) ?? probes.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const hint = names === "" ? " No Redis is probed." : ` There are: ${names}.`;
  throw new MusterError("NOT_FOUND", { message: `There is no probe of a Redis called ${wanted}.${hint}` });
}

const statsTable = (caches: readonly Cache[], colours: Colours): Promise<string> =>
  renderTable(
    [
      { title: "health" },
      { title: "name" },
      { title: "target" },
      { title: "latency", align: "right" },
      { title: "memory", align: "right" },
      { title: "limit", align: "right" },
      { title: "keys", align: "right" },
      { title: "hit rate", align: "right" },
      { title: "what" },
    ],
    caches.map(({ probe, report }) => {
      const text = (key: string): string => factText(report.facts.find((fact) => fact.key === key));
      return [
        healthCell(probe, colours),
        ...[probe.name, probe.target, text("latency"), text("memoryUsed"), text("memoryMax"), text("keys")],
        ...[text("hitRatio"), probe.detail],
      ];
    }),
  );

/** Everything that the last look at one saw. */
async function statsOf({ probe, report, reportAt }: Cache): Promise<string> {
  const fields = renderFields([
    ["name", probe.name],
    ["target", probe.target],
    ["health", [probe.health, probe.detail].filter(Boolean).join(": ")],
    ["looked at", utc(reportAt)],
    ...report.facts.map((fact) => [words(fact.key), factText(fact)] as const),
  ]);
  const tables: string[] = [];
  for (const table of report.tables) tables.push(await reportTable(table));
  return [fields, ...tables].join("\n");
}

async function reportTable({ key, columns, rows, note }: Table): Promise<string> {
  const body =
    rows.length === 0
      ? ""
      : await renderTable(
          columns.map((column) => ({
            title: words(column.key),
            align: column.unit === undefined || column.unit === "instant" ? "left" : "right",
          })),
          rows.map((row) => row.map((value, at) => factText({ key: "", value, unit: columns[at]?.unit }))),
        );
  return `${renderFields([[words(key), note ?? ""]])}${body}`;
}

/** `memoryUsed` as "memory used". */
const words = (key: string): string => key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function factText(fact: { readonly [K in keyof Fact]: Fact[K] | undefined } | undefined): string {
  const value = fact?.value;
  if (value === null || value === undefined) return UNKNOWN;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  switch (fact?.unit) {
    case "bytes":
      return bytes(value);
    case "ratio":
      return percent(value);
    case "seconds":
      return span(value * 1_000);
    case "milliseconds":
      return `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;
    case "instant":
      return utc(value);
    case "per_second":
      return `${value}/s`;
    case undefined:
    default:
      return String(value);
  }
}
