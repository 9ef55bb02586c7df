import { MusterError } from "@muster/core";
import type { RouteAnswer } from "@muster/protocol";
import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import { actOnProbe } from "../probes/act-on-probe.ts";
import { findProbe, REDIS_PROBES } from "../probes/find-probe.ts";
import { probeText } from "../probes/probe-table.ts";
import { factText } from "../probes/report-text.ts";
import { healthCell } from "../services/service-table.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { renderTable } from "../terminal/table.ts";
import { hubCommand, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";

type Cache = RouteAnswer<"GET /api/v1/probes/{id}">;

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
      const probes = name === undefined ? await REDIS_PROBES.read(hub) : [await findProbe(hub, name, REDIS_PROBES)];
      const items: Cache[] = [];
      for (const { id } of probes) items.push(await hub.call("GET /api/v1/probes/{id}", { params: { id } }));
      await show({ items }, () => {
        const [only] = items;
        if (only === undefined) return "No Redis is probed.\n";
        return name === undefined ? statsTable(items, colours) : probeText(only.probe, only.report, shell.clock.now());
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
    async (work, name) => {
      const { hub, options } = work;
      const { everything = false } = options;
      if (options.pattern === undefined && !everything)
        throw wrongOption("--pattern", "is needed, or --everything where every key is meant");
      const pattern = options.pattern ?? "*";
      const probe = await oneOf(hub, name);
      const which = options.pattern === undefined ? "EVERY key" : `the keys ${pattern}`;
      const where = `database ${String(probe.settings["database"] ?? 0)} of ${probe.name} (${probe.target})`;
      await actOnProbe(work, probe, {
        ...{ act: "clear", given: { pattern, everything } },
        question: `Remove ${which} from ${where}? They cannot be had back.`,
      });
    },
  );
}

/** One by its name or id, or the only one. Throws as `findProbe`, and BAD_REQUEST where one must be named. */
async function oneOf(hub: HubClient, wanted: string | undefined): Promise<Cache["probe"]> {
  if (wanted !== undefined) return findProbe(hub, wanted, REDIS_PROBES);
  const probes = await REDIS_PROBES.read(hub);
  const [only] = probes;
  if (only === undefined) throw new MusterError("NOT_FOUND", { message: "No Redis is probed." });
  if (probes.length === 1) return only;
  throw new MusterError("BAD_REQUEST", { message: `Say which: ${probes.map(({ name }) => name).join(", ")}.` });
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
      const text = (key: string): string => factText(report, key);
      return [
        healthCell(probe, colours),
        ...[probe.name, probe.target, text("latency"), text("memoryUsed"), text("memoryMax"), text("keys")],
        ...[text("hitRatio"), probe.detail],
      ];
    }),
  );
