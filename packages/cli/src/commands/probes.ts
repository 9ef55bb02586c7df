import { HEALTHS, HOUR_MS, isProbeKindName, MINUTE_MS, MusterError, PROBE_KIND_NAMES, probeEntry } from "@muster/core";
import type { Health, ProbeKindName } from "@muster/core";
import { Option } from "commander";
import type { Command } from "commander";
import type { CallOptions } from "../client/hub-client.ts";
import { actOnProbe } from "../probes/act-on-probe.ts";
import { findProbe } from "../probes/find-probe.ts";
import { probeTable, probeText, resultText } from "../probes/probe-table.ts";
import { fieldText, settingsFrom } from "../probes/settings-options.ts";
import type { Shell } from "../shell.ts";
import { renderTable } from "../terminal/table.ts";
import { watch } from "../terminal/watch.ts";
import { confirm, gather, hubCommand, localCommand, readPassword, wholeNumber, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { aboutQuery, commonFields, settingOptions } from "./probe-options.ts";
import type { SettingOptions } from "./probe-options.ts";

interface ListOptions extends HubOptions {
  readonly kind?: ProbeKindName;
  readonly health?: Health;
  readonly tag?: string;
  readonly about?: string;
  readonly service?: string;
  readonly watch?: boolean;
}
interface EditOptions extends SettingOptions {
  readonly name?: string;
}
interface YesOptions extends HubOptions {
  readonly yes?: boolean;
}

/** Not from the catalogue: the asking went well, and what was looked at is not. */
const EXIT_NOT_HEALTHY = 1;

/** `probes list | show | kinds | add | edit | try | run | act | pause | resume | maintain | new-url | delete`. */
export function addProbeCommands(program: Command, shell: Shell, exit: (code: number) => void): void {
  const probes = program.command("probes").description("What looks at sites, ports, databases and jobs.");

  hubCommand<ListOptions>(
    probes
      .command("list", { isDefault: true })
      .description("List probes with their last results.")
      .addOption(new Option("--kind <kind>", "only of this kind").choices(PROBE_KIND_NAMES))
      .addOption(new Option("--health <health>", "only with this health").choices(HEALTHS))
      .option("--tag <tag>", "only with this tag")
      .option("--about <server>", "only about this server, or a service of it")
      .option("--service <service>", "only about this service, NAME or NAME@SERVER")
      .option("--watch", "look again every two seconds; with --json one line of JSON a look"),
    shell,
    async (work) => {
      const { hub, options, colours, show } = work;
      const { kind } = options;
      const query = { ...(kind !== undefined && { kind }), ...(await aboutQuery(hub, options)) };
      const look = async (call: CallOptions = {}) => {
        const items = (await hub.call("GET /api/v1/probes", { query }, call)).items.filter(
          ({ health, tags }) =>
            (options.health === undefined || health === options.health) &&
            (options.tag === undefined || tags.includes(options.tag)),
        );
        return { value: { items }, human: () => probeTable(items, colours, shell.clock.now()) };
      };
      if (options.watch) return watch(work, (signal) => look({ signal }));
      const { value, human } = await look();
      await show(value, human);
    },
  );

  hubCommand<HubOptions>(
    probes.command("show <probe>").description("Show one probe, and what its last run saw."),
    shell,
    async ({ hub, show }, name = "") => {
      const { id } = await findProbe(hub, name);
      const answer = await hub.call("GET /api/v1/probes/{id}", { params: { id } });
      await show(answer, () => probeText(answer.probe, answer.report, shell.clock.now()));
    },
  );

  localCommand(
    probes.command("kinds [kind]").description("List the kinds of probes, or the settings of one."),
    shell,
    async ({ show }, name) => {
      if (name === undefined) {
        const items = PROBE_KIND_NAMES.map((kind) => ({ kind, ...pick(probeEntry(kind)) }));
        return show({ items }, () =>
          renderTable(
            [{ title: "kind" }, { title: "title" }, { title: "secret" }, { title: "what it does" }],
            items.map(({ kind, title, secret, meaning }) => [kind, title, secret, meaning]),
          ),
        );
      }
      const entry = probeEntry(kindFrom(name));
      const { fields, acts, reach, viaNeeds } = entry;
      await show({ kind: name, ...pick(entry), fields, acts }, async () =>
        [
          await renderTable(
            [{ title: "setting" }, { title: "value" }],
            Object.entries(fields).map(([field, is]) => [field, fieldText(is)]),
          ),
          reach === "server-only" ? "\nIt looks from a server: --via SERVER is needed.\n" : "",
          viaNeeds === undefined ? "" : `\nWith --via SERVER, ${viaNeeds} is needed.\n`,
          ...Object.entries(acts).map(([act, { meaning }]) => `\nmuster probes act PROBE ${act}: ${meaning}\n`),
        ].join(""),
      );
    },
  );

  hubCommand<SettingOptions>(
    settingOptions(probes.command("add <kind> <name>"))
      .description("Add a probe. `muster probes kinds KIND` lists its settings.")
      .addHelpText(
        "after",
        "\nExample: muster probes add http shop --set url=https://shop.example/health --set text=ok",
      ),
    shell,
    async ({ hub, options, show, note }, kindName = "", name = "") => {
      const kind = kindFrom(kindName);
      const secret = options.secret ? await readPassword(shell, "Secret: ") : undefined;
      const answer = await hub.call("POST /api/v1/probes", {
        body: {
          ...{ kind, name, settings: settingsFrom(probeEntry(kind).fields, options.set ?? []) as never },
          ...(secret !== undefined && { secret }),
          ...(await commonFields(hub, options)),
        },
      });
      await show(answer, () => `The probe ${name} is added and looks now: \`muster probes show ${name}\`.\n`);
      if (answer.pingUrl !== null)
        note(`Call it when the job has ended, for example: curl -fsS -m 10 --retry 3 -X POST ${answer.pingUrl}`);
    },
  );

  hubCommand<EditOptions>(
    settingOptions(probes.command("edit <probe>"))
      .option("--name <name>", "another name")
      .description("Change settings of a probe; what is not told stays."),
    shell,
    async ({ hub, options, show }, name = "") => {
      const probe = await findProbe(hub, name);
      const secret = options.secret ? await readPassword(shell, "Secret: ") : undefined;
      const changed = await hub.call("PATCH /api/v1/probes/{id}", {
        params: { id: probe.id },
        body: {
          ...(options.name !== undefined && { name: options.name }),
          ...(options.set !== undefined && {
            settings: settingsFrom(probeEntry(probe.kind).fields, options.set, probe.settings) as never,
          }),
          ...(secret !== undefined && { secret }),
          ...(await commonFields(hub, options)),
        },
      });
      await show(changed, () =>
        probe.hasSecret && !changed.hasSecret
          ? `The probe ${changed.name} is changed. It looks at another target, so its secret was forgotten; --secret sets it.\n`
          : `The probe ${changed.name} is changed.\n`,
      );
    },
  );

  hubCommand<SettingOptions>(
    settingOptions(probes.command("try <kind>")).description("Look once with these settings and keep nothing."),
    shell,
    async ({ hub, options, colours, show }, kindName = "") => {
      const kind = kindFrom(kindName);
      const secret = options.secret ? await readPassword(shell, "Secret: ") : undefined;
      const { via, timeoutMs } = await commonFields(hub, options);
      const result = await hub.call("POST /api/v1/probe-trials", {
        body: {
          ...{ kind, settings: settingsFrom(probeEntry(kind).fields, options.set ?? []) as never },
          ...(secret !== undefined && { secret }),
          ...(via !== undefined && { via }),
          ...(timeoutMs !== undefined && { timeoutMs }),
        },
      });
      if (result.health !== "healthy") exit(EXIT_NOT_HEALTHY);
      await show(result, () => resultText(result, colours));
    },
  );

  hubCommand<HubOptions>(
    probes.command("run <probe>").description("Look now; ends with 1 unless it is healthy."),
    shell,
    async ({ hub, colours, show }, name = "") => {
      const { id } = await findProbe(hub, name);
      const answer = await hub.call("POST /api/v1/probes/{id}/run", { params: { id } });
      if (answer.result.health !== "healthy") exit(EXIT_NOT_HEALTHY);
      await show(answer, () => resultText(answer.result, colours));
    },
  );

  hubCommand<YesOptions & { readonly set?: readonly string[] }>(
    probes
      .command("act <probe> <act>")
      .description("Do something to what a probe looks at; `muster probes kinds KIND` lists what can be done.")
      .option("--set <name=value>", "an argument; may be given several times", gather)
      .option("--yes", "do not ask"),
    shell,
    async (work, name = "", act = "") => {
      const { hub, options } = work;
      const probe = await findProbe(hub, name);
      const { acts } = probeEntry(probe.kind);
      const entry = Object.hasOwn(acts, act) ? acts[act] : undefined;
      if (entry === undefined)
        throw new MusterError("NOT_FOUND", {
          message: `A probe of kind ${probe.kind} has no ${act}. There is: ${Object.keys(acts).join(", ") || "nothing"}.`,
        });
      const given = settingsFrom(entry.fields, options.set ?? []);
      await actOnProbe(work, probe, { act, given, question: `${entry.meaning} On ${probe.name} (${probe.target})?` });
    },
  );

  const stateCommand = (verb: string, state: "active" | "paused", description: string, done: string): void => {
    hubCommand<HubOptions>(
      probes.command(`${verb} <probe>`).description(description),
      shell,
      async ({ hub, show }, name = "") => {
        const { id } = await findProbe(hub, name);
        const probe = await hub.call("PATCH /api/v1/probes/{id}", { params: { id }, body: { state } });
        await show(probe, () => `The probe ${probe.name} ${done}.\n`);
      },
    );
  };
  stateCommand("pause", "paused", "Let a probe look at nothing for now.", "is paused");
  stateCommand("resume", "active", "Let a paused probe go on.", "looks again");

  hubCommand<HubOptions & { readonly for?: string; readonly end?: boolean }>(
    probes
      .command("maintain <probe>")
      .description("Tell that what a probe looks at is being worked on: it is looked at, and nobody need be told.")
      .option("--for <minutes>", "so long, 60 unless told")
      .option("--end", "the maintenance is over"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const { id } = await findProbe(hub, name);
      const minutes = wholeNumber("--for", options.for, 1, 30 * 24 * 60) ?? HOUR_MS / MINUTE_MS;
      const maintenanceUntil = options.end ? null : Math.round(shell.clock.now()) + minutes * MINUTE_MS;
      const probe = await hub.call("PATCH /api/v1/probes/{id}", { params: { id }, body: { maintenanceUntil } });
      await show(probe, () =>
        options.end
          ? `The maintenance of ${probe.name} is over.\n`
          : `${probe.name} is in maintenance for ${minutes} minutes.\n`,
      );
    },
  );

  hubCommand<YesOptions>(
    probes
      .command("new-url <probe>")
      .description("Make a new address for a passive probe; the one before ends.")
      .option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const { id } = await findProbe(hub, name);
      await confirm(shell, options.yes, `Whatever calls ${name} at its present address is heard no more.`);
      const answer = await hub.call("POST /api/v1/probes/{id}/ping-url", { params: { id } });
      await show(answer, () => `${answer.pingUrl}\n`);
    },
  );

  hubCommand<YesOptions>(
    probes.command("delete <probe>").description("Remove a probe with its history.").option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, name = "") => {
      const { id } = await findProbe(hub, name);
      await confirm(shell, options.yes, `Remove the probe ${name} and its history? It cannot be had back.`);
      await hub.call("DELETE /api/v1/probes/{id}", { params: { id } });
      await show({ id, name, deleted: true }, () => `The probe ${name} is removed.\n`);
    },
  );
}

function kindFrom(text: string): ProbeKindName {
  if (isProbeKindName(text)) return text;
  throw wrongOption("kind", `${text} is none; there are ${PROBE_KIND_NAMES.join(", ")}`);
}

const pick = ({
  title,
  meaning,
  group,
  secret,
  reach,
  intervalMsDefault,
  timeoutMsDefault,
}: ReturnType<typeof probeEntry>) => ({
  ...{ title, meaning, group, secret, reach, intervalMsDefault, timeoutMsDefault },
});
