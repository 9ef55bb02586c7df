import { HOUR_MS, MINUTE_MS } from "@muster/core";
import type { RetentionSettings, StorageView } from "@muster/protocol";
import type { Command } from "commander";
import type { Shell } from "../shell.ts";
import { bytes, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";
import { hubCommand, wholeNumber, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";

interface SetOptions extends HubOptions {
  readonly samplesDays?: string;
  readonly minutesDays?: string;
  readonly hoursDays?: string;
  readonly bytesMax?: string;
}

const DAYS_MAX = 36_500;
const BUDGET_LEAST = 64 * 1024 * 1024;

/** `storage`: what the history takes and how it will grow. */
export function addStorageCommand(program: Command, shell: Shell): void {
  hubCommand<HubOptions>(
    program.command("storage").description("Show what the history takes on the hub's disk, and how it will grow."),
    shell,
    async ({ hub, show }) => {
      const storage = await hub.call("GET /api/v1/system/storage");
      await show(storage, async () => `${storageFields(storage)}\n${await resolutionTable(storage)}`);
    },
  );
}

/** `retention show | set`. */
export function addRetentionCommands(program: Command, shell: Shell): void {
  const retention = program.command("retention").description("How long history is kept.");

  hubCommand<HubOptions>(
    retention.command("show", { isDefault: true }).description("Show how long each resolution is kept."),
    shell,
    async ({ hub, show }) => {
      const current = await hub.call("GET /api/v1/system/retention");
      await show(current, () => retentionFields(current));
    },
  );

  hubCommand<SetOptions>(
    retention
      .command("set")
      .description(
        "Change how long history is kept; what is not named stays as it is. What is older is dropped for good.",
      )
      .option("--samples-days <days>", "samples as they were read")
      .option("--minutes-days <days>", "a row a minute, once the samples are gone")
      .option("--hours-days <days>", "a row an hour")
      .option("--bytes-max <bytes>", "what the file may take, at least 67108864; none: no bound"),
    shell,
    async ({ hub, options, show }) => {
      const days = {
        samplesDays: wholeNumber("--samples-days", options.samplesDays, 1, DAYS_MAX),
        minutesDays: wholeNumber("--minutes-days", options.minutesDays, 1, DAYS_MAX),
        hoursDays: wholeNumber("--hours-days", options.hoursDays, 1, DAYS_MAX),
      };
      const bytesMax =
        options.bytesMax === "none"
          ? null
          : wholeNumber("--bytes-max", options.bytesMax, BUDGET_LEAST, Number.MAX_SAFE_INTEGER);
      const named = Object.entries({ ...days, bytesMax }).filter(([, value]) => value !== undefined);
      if (named.length === 0) throw wrongOption("--samples-days", "nothing is named that is to change");
      const before = await hub.call("GET /api/v1/system/retention");
      const body = { ...before, ...(Object.fromEntries(named) as Partial<RetentionSettings>) };
      const changed = await hub.call("PUT /api/v1/system/retention", { body });
      await show(changed, () => retentionFields(changed));
    },
  );
}

const retentionFields = ({ samplesDays, minutesDays, hoursDays, bytesMax }: RetentionSettings): string =>
  renderFields([
    ["samples", `${samplesDays} days`],
    ["minutes", `${minutesDays} days`],
    ["hours", `${hoursDays} days`],
    ["at most", bytesMax === null ? "no bound" : bytes(bytesMax)],
  ]);

function storageFields({ forecast, ...storage }: StorageView): string {
  const end =
    forecast.daysLeft === null || forecast.bound === null
      ? UNKNOWN
      : `${forecast.daysLeft} days, then ${forecast.bound === "disk" ? "the disk is full" : "the budget is used up and the oldest goes"}`;
  return renderFields([
    ["state", storage.state],
    ["takes", `${bytes(storage.bytes)}, ${bytes(storage.freeBytes)} free`],
    ["holds", `${storage.seriesCount} series, ${storage.sampleCount} samples`],
    ["refused series", String(storage.refusedSeriesCount)],
    ["a day", bytes(forecast.bytesPerDay)],
    ["when full", bytes(forecast.bytesWhenFull)],
    ["lasts", end],
  ]);
}

const resolutionName = (resolutionMs: number): string =>
  ({ 0: "samples", [MINUTE_MS]: "minutes", [HOUR_MS]: "hours" })[resolutionMs] ?? `${resolutionMs} ms`;

const resolutionTable = ({ resolutions }: StorageView): Promise<string> =>
  renderTable(
    [
      { title: "sealed" },
      { title: "since" },
      { title: "count", align: "right" },
      { title: "takes", align: "right" },
      { title: "bytes each", align: "right" },
    ],
    resolutions.map(({ resolutionMs, since, count, bytes: taken }) => [
      resolutionName(resolutionMs),
      utc(since),
      String(count),
      bytes(taken),
      count === 0 ? UNKNOWN : (taken / count).toFixed(2),
    ]),
  );
