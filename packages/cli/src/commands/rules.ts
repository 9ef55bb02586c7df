import { MusterError, writtenRule } from "@muster/core";
import type { RuleDefinition } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { RouteAnswer, RuleView } from "@muster/protocol";
import type { Command } from "commander";
import { oneOf } from "../alerts/find.ts";
import { readNamedThings } from "../alerts/named-things.ts";
import { readRules } from "../alerts/rule-file.ts";
import type { RuleBody } from "../alerts/rule-file.ts";
import { ruleFrom, ruleOptions } from "../alerts/rule-options.ts";
import type { RuleOptions } from "../alerts/rule-options.ts";
import { ruleFields, ruleTable } from "../alerts/rule-text.ts";
import { severityCell } from "../alerts/severity-cell.ts";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { confirm, hubCommand, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { addRulesTestCommand } from "./rules-test.ts";
import { milliseconds } from "./time-options.ts";

interface YesOptions extends HubOptions {
  readonly yes?: boolean;
}
interface PreviewOptions extends RuleOptions {
  readonly last: string;
  readonly file?: string;
}

/** `rules list | show | add | set | enable | disable | delete | export | import | preview | test`. */
export function addRuleCommands(program: Command, shell: Shell, exit: (code: number) => void): void {
  const rules = program.command("rules").description("What is watched, and what is bad.");

  hubCommand<HubOptions>(
    rules.command("list", { isDefault: true }).description("List rules."),
    shell,
    async ({ hub, colours, show }) => {
      const answer = await hub.call("GET /api/v1/rules");
      await show(answer, () => ruleTable(answer.items, colours));
    },
  );

  hubCommand<HubOptions>(
    rules.command("show <rule>").description("Show one rule, by name or id."),
    shell,
    async ({ hub, show }, name = "") => {
      const rule = await findRule(hub, name);
      await show(rule, async () => ruleFields(rule, await readNamedThings(hub)));
    },
  );

  hubCommand<RuleOptions>(
    ruleOptions(rules.command("add [file]"))
      .description("Add a rule: from a file of YAML or JSON (- is standard input), or one of a metric by options.")
      .addHelpText(
        "after",
        "\nExample: muster rules add --name 'Load' --metric load5 --above 8 --above critical=16 --for 10m" +
          "\ndocs/alerts.md says how files are written.",
      ),
    shell,
    async ({ hub, options, show }, file) => {
      const names = await readNamedThings(hub);
      const written = file === undefined ? [undefined] : await readRules(shell, file, names);
      if (written.length > 1)
        throw new MusterError("BAD_REQUEST", {
          message: "The file holds several rules: `muster rules import` takes them.",
        });
      const rule = await hub.call("POST /api/v1/rules", { body: await ruleFrom(written[0], options, names) });
      await show(rule, () => `The rule ${escapeControls(rule.name)} is added.\n`);
    },
  );

  hubCommand<RuleOptions>(
    ruleOptions(rules.command("set <rule> [file]")).description(
      "Set a rule anew from a file (- is standard input), or change of it what the options say.",
    ),
    shell,
    async ({ hub, options, show }, name = "", file) => {
      const before = await findRule(hub, name);
      const names = await readNamedThings(hub);
      const written = file === undefined ? [bodyOf(before)] : await readRules(shell, file, names);
      if (written.length > 1) throw new MusterError("BAD_REQUEST", { message: "The file holds several rules." });
      const body = await ruleFrom(written[0], options, names);
      const rule = await hub.call("PUT /api/v1/rules/{id}", { params: { id: before.id }, body });
      await show(rule, () => `The rule ${escapeControls(rule.name)} is set.\n`);
    },
  );

  const switchCommand = (verb: string, isEnabled: boolean, description: string, done: string): void => {
    hubCommand<HubOptions>(
      rules.command(`${verb} <rule>`).description(description),
      shell,
      async ({ hub, show }, name = "") => {
        const before = await findRule(hub, name);
        const body = { ...bodyOf(before), isEnabled };
        const rule = await hub.call("PUT /api/v1/rules/{id}", { params: { id: before.id }, body });
        await show(rule, () => `The rule ${escapeControls(rule.name)} is ${done}.\n`);
      },
    );
  };
  switchCommand("enable", true, "Switch a rule on.", "on");
  switchCommand("disable", false, "Switch a rule off; its incidents end.", "off");

  hubCommand<YesOptions>(
    rules.command("delete <rule>").description("Remove a rule; its incidents end.").option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show }, wanted = "") => {
      const { id, name } = await findRule(hub, wanted);
      await confirm(shell, options.yes, `Remove the rule ${escapeControls(name)}? It cannot be had back.`);
      await hub.call("DELETE /api/v1/rules/{id}", { params: { id } });
      await show({ id, name, deleted: true }, () => `The rule ${escapeControls(name)} is removed.\n`);
    },
  );

  hubCommand<HubOptions>(
    rules
      .command("export [rule...]")
      .description(
        "Print rules as a file of YAML for `import`, `test` or the hub's rulesFile; all when none is named.",
      ),
    shell,
    async ({ hub, show }, ...wanted) => {
      const { items } = await hub.call("GET /api/v1/rules");
      const chosen = wanted.length === 0 ? items : wanted.map((name) => oneOf<RuleView>(items, name, "rule"));
      const things = await readNamedThings(hub);
      const written = { rules: chosen.map((rule) => writtenRule(bodyOf(rule) as RuleDefinition, things)) };
      await show(written, async () => (await import("yaml")).stringify(written, { lineWidth: 0 }));
    },
  );

  hubCommand<YesOptions>(
    rules
      .command("import <file>")
      .description(
        "Take in the rules of a file (- is standard input): those that have a rule's name set it, others are added.",
      )
      .option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show, note }, file = "") => {
      // What is wrong in one of them is said before any is taken in.
      const { checkRule } = await import("@muster/protocol");
      const written = await readRules(shell, file, await readNamedThings(hub), checkRule);
      const present = new Map((await hub.call("GET /api/v1/rules")).items.map(({ id, name }) => [name, id]));
      const isSet = ({ name }: RuleBody): boolean => present.has(name);
      for (const rule of written) note(`${isSet(rule) ? "set" : "add"} ${escapeControls(String(rule.name))}`);
      if (written.some(isSet)) await confirm(shell, options.yes, `Set ${written.filter(isSet).length} rules anew?`);
      const items: { name: string; id: string; outcome: "added" | "set" }[] = [];
      try {
        for (const body of written) {
          const id = present.get(body.name);
          const rule =
            id === undefined
              ? await hub.call("POST /api/v1/rules", { body })
              : await hub.call("PUT /api/v1/rules/{id}", { params: { id }, body });
          items.push({ name: rule.name, id: rule.id, outcome: id === undefined ? "added" : "set" });
        }
      } finally {
        // Also where a later one was refused: what was taken in stays.
        if (items.length > 0)
          await show({ items }, () =>
            items.map(({ name, outcome }) => `${outcome.padEnd("added".length)}  ${escapeControls(name)}\n`).join(""),
          );
      }
    },
  );

  hubCommand<PreviewOptions>(
    ruleOptions(rules.command("preview [rule]"))
      .description(
        "Show what incidents a rule of a metric would have opened: one that is there, of a file, or by options.",
      )
      .option("--file <file>", "a rule in a file of YAML or JSON, - is standard input")
      .option("--last <span>", "over this time up to now, such as 24h or 7d", "24h"),
    shell,
    async ({ hub, options, colours, show }, name) => {
      const now = Math.round(shell.clock.now());
      const from = now - milliseconds("--last", options.last);
      if (name !== undefined && options.file !== undefined) throw wrongOption("--file", "goes without a rule's name");
      const names = await readNamedThings(hub);
      const before =
        name !== undefined
          ? bodyOf(await findRule(hub, name))
          : options.file !== undefined
            ? (await readRules(shell, options.file, names))[0]
            : undefined;
      const rule = await ruleFrom(before, before === undefined ? { name: "preview", ...options } : options, names);
      const answer = await hub.call("POST /api/v1/rule-previews", { body: { rule, from, to: now } });
      await show(answer, () => previewText(answer, colours, now, now - from));
    },
  );

  addRulesTestCommand(rules, shell, exit);
}

/** A rule by its id, its name, or the short name of one that comes with the program. Throws NOT_FOUND, BAD_REQUEST. */
const findRule = async (hub: HubClient, wanted: string): Promise<RuleView> =>
  oneOf<RuleView>((await hub.call("GET /api/v1/rules")).items, wanted, "rule");

/** A rule as it is sent back, without what only the hub says of it. */
function bodyOf({
  id: _id,
  origin: _origin,
  createdAt: _createdAt,
  openCount: _openCount,
  logTroubles: _logTroubles,
  ...body
}: RuleView): RuleBody {
  return body;
}

async function previewText(
  { incidents, count, stepMs, seriesCount }: RouteAnswer<"POST /api/v1/rule-previews">,
  colours: Colours,
  now: number,
  lastMs: number,
): Promise<string> {
  const of = `${seriesCount} series, a look every ${span(stepMs)}`;
  const head = `In the last ${span(lastMs)}: ${count === 1 ? "1 incident" : `${count} incidents`} of one series each (${of}).\n`;
  if (count === 0) return head;
  const table = await renderTable(
    [
      { title: "severity" },
      { title: "opened" },
      { title: "resolved" },
      { title: "lasts", align: "right" },
      { title: "what" },
    ],
    incidents.map(({ severity, openedAt, resolvedAt, title }) => [
      severityCell(severity, colours),
      utc(openedAt),
      resolvedAt === null ? UNKNOWN : utc(resolvedAt),
      span((resolvedAt ?? now) - openedAt),
      title,
    ]),
  );
  const others = count - incidents.length;
  return `${head}\n${table}${others > 0 ? `and ${others} more\n` : ""}`;
}
