import type { Severity } from "@muster/core";
import { SEVERITIES } from "@muster/core";
import type { SilenceView } from "@muster/protocol";
import { Option } from "commander";
import type { Command } from "commander";
import { oneOf, shortIds } from "../alerts/find.ts";
import type { HubClient } from "../client/hub-client.ts";
import { findProbe } from "../probes/find-probe.ts";
import type { Shell } from "../shell.ts";
import type { Colours } from "../terminal/colours.ts";
import { UNKNOWN, utc } from "../terminal/formats.ts";
import { renderTable } from "../terminal/table.ts";
import { findServer } from "./find-server.ts";
import { gather, hubCommand, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { endFrom, instant, milliseconds } from "./time-options.ts";

interface AddOptions extends HubOptions {
  readonly server?: readonly string[];
  readonly tag?: readonly string[];
  readonly rule?: readonly string[];
  readonly probe?: readonly string[];
  readonly service?: readonly string[];
  readonly severityMost?: Severity;
  readonly from?: string;
  readonly for?: string;
  readonly until?: string;
  readonly reason: string;
}
type Matcher = SilenceView["matcher"];

/** `silence list | add | end`. */
export function addSilenceCommands(program: Command, shell: Shell): void {
  const silences = program.command("silence").description("Times for which things are not told.");

  hubCommand<HubOptions & { readonly ended?: boolean }>(
    silences
      .command("list", { isDefault: true })
      .description("List silences and planned maintenances that go on or are to come.")
      .option("--ended", "also those that ended within 30 days"),
    shell,
    async ({ hub, options, colours, show }) => {
      const answer = await hub.call("GET /api/v1/silences", { query: options.ended ? { ended: "true" } : {} });
      await show(answer, async () => silenceTable(answer.items, await namesOf(hub), colours, shell.clock.now()));
    },
  );

  hubCommand<AddOptions>(
    silences
      .command("add")
      .description("Tell nothing, also not of recovery, of what all the given options mean.")
      .option("--server <server>", "a server, by name or id; repeat for several", gather)
      .option("--tag <tag>", "servers with this tag; repeat for several", gather)
      .option("--rule <rule>", "a rule, by name or id; repeat for several", gather)
      .option("--probe <probe>", "a probe, by name or id; repeat for several", gather)
      .option("--service <pattern>", "services by name, * stands for any text; repeat for several", gather)
      .addOption(new Option("--severity-most <severity>", "what is worse is told all the same").choices(SEVERITIES))
      .option("--from <time>", "begins then: ISO 8601, or in so long, such as 2h; now when absent")
      .option("--for <span>", "so long, such as 30m, 2h or 1d")
      .option("--until <time>", "until then, ISO 8601 or epoch milliseconds")
      .requiredOption("--reason <text>", "why, for whoever wonders"),
    shell,
    async ({ hub, options, show }) => {
      const now = Math.round(shell.clock.now());
      const from = options.from === undefined ? undefined : instantAhead("--from", options.from, now);
      const until = endFrom(options, from ?? now);
      if (until <= Math.max(from ?? now, now))
        throw wrongOption("--until", "must be after the beginning and in the future");
      const matcher = await matcherFrom(hub, options);
      const silence = await hub.call("POST /api/v1/silences", {
        body: { matcher, reason: options.reason, until, ...(from !== undefined && { from }) },
      });
      await show(silence, () =>
        silence.isActive
          ? `Silent until ${utc(silence.until)}. \`muster silence end ${silence.id}\` ends it before.\n`
          : `Silent from ${utc(silence.from)} until ${utc(silence.until)}; its id is ${silence.id}.\n`,
      );
    },
  );

  hubCommand<HubOptions>(
    silences.command("end <silence>").description("End a silence now, by its id or a beginning of it."),
    shell,
    async ({ hub, show }, wanted = "") => {
      const { items } = await hub.call("GET /api/v1/silences", { query: {} });
      const { id, reason } = oneOf<SilenceView>(items, wanted, "silence");
      await hub.call("DELETE /api/v1/silences/{id}", { params: { id } });
      await show({ id, reason, ended: true }, () => "The silence is over.\n");
    },
  );
}

/** Throws BAD_REQUEST where nothing is named, NOT_FOUND. */
async function matcherFrom(hub: HubClient, options: AddOptions): Promise<Matcher> {
  const { server = [], tag = [], rule = [], probe = [], service = [] } = options;
  if ([server, tag, rule, probe, service].every(({ length }) => length === 0))
    throw wrongOption(
      "--server",
      "or --tag, --rule, --probe or --service is needed: a silence that names nothing means nothing",
    );
  const idsOf = async (names: readonly string[], find: (name: string) => Promise<{ readonly id: string }>) => {
    const ids: string[] = [];
    for (const name of names) ids.push((await find(name)).id);
    return ids;
  };
  const rules = rule.length === 0 ? [] : (await hub.call("GET /api/v1/rules")).items;
  return {
    serverIds: await idsOf(server, (name) => findServer(hub, name)),
    tags: [...tag],
    ruleIds: await idsOf(rule, async (name) => oneOf(rules, name, "rule")),
    probeIds: await idsOf(probe, (name) => findProbe(hub, name)),
    services: [...service],
    severityMost: options.severityMost ?? null,
  };
}

/** A span ahead of now, such as 2h, or an instant. Throws BAD_REQUEST naming the option. */
const instantAhead = (option: string, text: string, now: number): number =>
  /[smhd]$/.test(text) ? now + milliseconds(option, text) : instant(option, text);

/** What the ids of a silence are called; whoever may not see something is shown its id. */
async function namesOf(hub: HubClient): Promise<ReadonlyMap<string, string>> {
  const lists = await Promise.allSettled([
    hub.call("GET /api/v1/servers"),
    hub.call("GET /api/v1/rules"),
    hub.call("GET /api/v1/probes", { query: {} }),
  ]);
  const named = lists.flatMap((list): readonly { readonly id: string; readonly name: string }[] =>
    list.status === "fulfilled" ? list.value.items : [],
  );
  return new Map(named.map(({ id, name }) => [id, name]));
}

function silenceTable(
  silences: readonly SilenceView[],
  names: ReadonlyMap<string, string>,
  colours: Colours,
  now: number,
): Promise<string> | string {
  if (silences.length === 0) return "No silences.\n";
  const short = shortIds(silences);
  return renderTable(
    [
      { title: "state" },
      { title: "id" },
      { title: "from" },
      { title: "until" },
      { title: "what" },
      { title: "by" },
      { title: "reason" },
    ],
    silences.map(({ id, isActive, from, until, matcher, author, reason }) => [
      isActive
        ? { text: "silent", colour: colours.warning }
        : { text: from > now ? "to come" : "ended", colour: colours.faint },
      ...[short(id), utc(from), utc(until), matcherText(matcher, names), author || UNKNOWN, reason],
    ]),
  );
}

function matcherText(matcher: Matcher, names: ReadonlyMap<string, string>): string {
  const named = (ids: readonly string[]): string => ids.map((id) => names.get(id) ?? id).join(", ");
  const { serverIds, tags, ruleIds, probeIds, services, severityMost } = matcher;
  const parts: readonly (readonly [string, string])[] = [
    ["server", named(serverIds)],
    ["tag", tags.join(", ")],
    ["rule", named(ruleIds)],
    ["probe", named(probeIds)],
    ["service", services.join(", ")],
    ["up to", severityMost ?? ""],
  ];
  return parts.flatMap(([what, text]) => (text === "" ? [] : `${what} ${text}`)).join("; ");
}
