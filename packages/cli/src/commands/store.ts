import { MusterError } from "@muster/core";
import type { Command } from "commander";
import type { Entries, StoreFinding, StoreImport } from "../entries.ts";
import type { Shell } from "../shell.ts";
import { gather, localCommand } from "./options.ts";
import type { OutputOptions } from "./options.ts";

interface StoreOptions extends OutputOptions {
  readonly dataDir: string;
  readonly server?: readonly string[];
}

/** `store check | export | import`: the metrics of a data directory that no hub holds. */
export function addStoreCommands(program: Command, shell: Shell, entries: Entries): void {
  const store = program
    .command("store")
    .description("The metrics of a data directory, while no hub runs on it: check them, take them out, put them in.");

  localCommand<StoreOptions>(
    withDataDir(store.command("check")).description("Read all of the metrics and say what is damaged. Writes nothing."),
    shell,
    async ({ options, colours, show }) => {
      const report = await (await entries.hub()).checkMetricStore(options.dataDir);
      await show(report, () => {
        const { servers, series, samples } = report;
        const lines = [`${samples} samples of ${series} series, ${servers} servers, in ${report.bytes} bytes.`];
        for (const finding of report.findings) lines.push(...findingLines(finding, colours.bad));
        if (report.findings.length === 0) lines.push("Every block and every count is as it was written.");
        return `${lines.join("\n")}\n`;
      });
      if (report.findings.some(({ weight }) => weight === "damage")) {
        throw new MusterError("DATABASE_DAMAGED", { message: "The metrics are damaged; the findings say what to do." });
      }
    },
  );

  localCommand<StoreOptions>(
    withServers(withDataDir(store.command("export <file>"))).description(
      "Write the metrics into a new file, for another hub or another place.",
    ),
    shell,
    async ({ options, show }, file = "") => {
      const hub = await entries.hub();
      const outcome = await hub.exportMetricStore(options.dataDir, file, shell.clock.now(), serversOf(options));
      await show(outcome, () => {
        const { servers, series, samples, rollUps } = outcome;
        return `Written: ${samples} samples and ${rollUps} roll-ups of ${series} series, ${servers} servers.\n`;
      });
      if (outcome.damagedBlocks > 0) {
        const message = `${outcome.damagedBlocks} blocks are damaged and not in the file; the rest is.`;
        throw new MusterError("DATABASE_DAMAGED", { message });
      }
    },
  );

  localCommand<StoreOptions>(
    withServers(withDataDir(store.command("import <file>"))).description(
      "Put the metrics of an exported file beside those that are there; what is there twice stays once.",
    ),
    shell,
    async ({ options, show }, file = "") => {
      const hub = await entries.hub();
      const outcome = await hub.importMetricStore(options.dataDir, file, shell.clock.now(), serversOf(options));
      await show(outcome, () => importText(outcome));
      if (outcome.stopped !== undefined) {
        const { record, offset, why } = outcome.stopped;
        const message = `The file is damaged at its record ${record}, byte ${offset}: ${why} All before it was taken.`;
        throw new MusterError("DATABASE_DAMAGED", { message });
      }
    },
  );
}

const withDataDir = (command: Command): Command =>
  command.requiredOption("--data-dir <directory>", "the hub's data directory");

const withServers = (command: Command): Command =>
  command.option("--server <id>", "only this server; may be given several times", gather);

const serversOf = ({ server }: StoreOptions): { readonly serverIds?: readonly string[] } =>
  server === undefined ? {} : { serverIds: server };

const findingLines = (
  { code, weight, count, places, meaning, remedy }: StoreFinding,
  bad: (text: string) => string,
): readonly string[] => [
  `${weight === "damage" ? bad(code) : code}, ${count}×: ${meaning}`,
  ...places.map((place) => `  ${place}`),
  ...(count > places.length ? [`  and ${count - places.length} more`] : []),
  `  What to do: ${remedy}`,
];

const importText = ({ servers, series, samples, rollUps, duplicates, knownRollUps }: StoreImport): string =>
  `Taken: ${samples} samples and ${rollUps} roll-ups of ${series} series, ${servers} servers. ` +
  `There already: ${duplicates} samples, ${knownRollUps} roll-ups.\n`;
