import { IMPORT_FORMATS, MusterError } from "@muster/core";
import type { ImportFormat, ImportPlan } from "@muster/core";
import { Option } from "commander";
import type { Command } from "commander";
import { provingIdentity } from "../actions/ask.ts";
import { patiently } from "../client/patience.ts";
import type { HubClient } from "../client/hub-client.ts";
import { applyPlan } from "../import/apply-plan.ts";
import type { Applied, ImportCalls, SshAuthentication } from "../import/apply-plan.ts";
import { appliedText, planText, shownPlan } from "../import/plan-text.ts";
import { readPlan } from "../import/read-plan.ts";
import type { Shell } from "../shell.ts";
import { confirm, gather, hubOptions, workWith, wrongOption } from "./options.ts";
import type { HubOptions } from "./options.ts";
import { findServer } from "./find-server.ts";
import { findSshKey } from "./ssh-keys.ts";

interface ImportOptions extends HubOptions {
  readonly format?: ImportFormat;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly server?: string;
  readonly user?: string;
  readonly command?: readonly string[];
  readonly authentication: SshAuthentication["authentication"];
  readonly key?: string;
}

/** The hub lets so many writes a minute through that a large file has to wait now and then. */
const PATIENCE_MS = 120_000;

/** `import`: takes servers and services over from files of other systems. */
export function addImportCommand(program: Command, shell: Shell): void {
  hubOptions(
    program
      .command("import <file>")
      .description("Take servers and services over from another system's file, after showing what would be made.")
      .addOption(
        new Option("--format <format>", "what the file is, where it does not say so itself").choices(IMPORT_FORMATS),
      )
      .option("--dry-run", "show the plan and ask the hub for nothing")
      .option("--yes", "do not ask")
      .option("--server <server>", "the server on which the file's services run")
      .option("--user <name>", "who signs in by SSH where the file names nobody (default: you)")
      .option("--command <service=line>", "a service's command in place of the file's; repeat for several", gather)
      .addOption(
        new Option("--authentication <how>", "how the hub signs in by SSH").choices(["key", "agent"]).default("key"),
      )
      .option("--key <name>", "the key of the hub with which it signs in by SSH (`muster ssh-keys`)")
      .addHelpText("after", "\ndocs/import.md says what comes over from which file, what does not, and why."),
  ).action(async (file: string, options: ImportOptions) => {
    const { colours, show, note } = workWith(shell, options);
    const user = options.user ?? shell.env["USER"] ?? shell.env["LOGNAME"];
    const { format, plan } = await readPlan(file, options.format, {
      ...(user !== undefined && { user }),
      commands: commandsOf(options.command ?? []),
    });
    const shown = shownPlan(plan);
    const count = plan.servers.length + plan.definitions.length + Object.keys(plan.settings).length;
    if (options.dryRun || count === 0) {
      await show({ format, plan: shown, done: [] }, () => planText(format, shown, colours));
      return;
    }
    if (plan.definitions.length > 0 && options.server === undefined)
      throw wrongOption("--server", "is needed: it says on which server the services of this file run");
    const isByKey = plan.servers.some(({ link }) => link.kind === "ssh") && options.authentication === "key";
    if (isByKey && options.key === undefined)
      throw wrongOption("--key", "is needed: a file brings none. Or the hub signs in by --authentication agent");
    const { connect } = await import("../client/connect.ts");
    const hub = connect(shell, options);
    const target = options.server === undefined ? undefined : await findServer(hub, options.server);
    const keyId = isByKey && options.key !== undefined ? (await findSshKey(hub, options.key)).id : undefined;
    note(await planText(format, shown, colours));
    await confirm(shell, options.yes, questionOf(plan, options.server));
    const done: Applied[] = [];
    const { items } = await hub.call("GET /api/v1/servers");
    const applyOptions = {
      ssh: { authentication: options.authentication, ...(keyId !== undefined && { keyId }) },
      present: new Map(items.map(({ id, name }) => [name, id])),
      signal: shell.stopSignal(),
    };
    try {
      await provingIdentity(shell, hub, options, (client) =>
        applyPlan(plan, callsOf(shell, client, target?.id, applyOptions.signal), applyOptions, done),
      );
    } finally {
      // Also where the hub then refused: what was made stays.
      if (done.length > 0) await show({ format, plan: shown, done }, () => appliedText(done, colours));
    }
    if (done.length < count) {
      const message = `Stopped: ${count - done.length} of ${count} were not reached; the same import goes on there.`;
      throw new MusterError("ACTION_FAILED", { message });
    }
    const failed = done.filter(({ outcome }) => outcome === "failed").length;
    if (failed > 0)
      throw new MusterError("ACTION_FAILED", { message: `${failed} of ${done.length} were not taken over.` });
  });
}

/** `name=command line` of each service. Throws BAD_REQUEST where there is no =. */
function commandsOf(given: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    given.map((text) => {
      const at = text.indexOf("=");
      if (at < 1) throw wrongOption("--command", "must be the service's name, =, and its command line");
      return [text.slice(0, at), text.slice(at + 1)] as const;
    }),
  );
}

function questionOf({ servers, definitions, settings }: ImportPlan, server: string | undefined): string {
  const parts = [
    servers.length > 0 ? `add ${servers.length} server${servers.length === 1 ? "" : "s"}` : "",
    definitions.length > 0
      ? `set ${definitions.length} service${definitions.length === 1 ? "" : "s"} on ${server}`
      : "",
    settings.samplesDays === undefined ? "" : `keep samples at least ${settings.samplesDays} days`,
  ].filter((part) => part !== "");
  const text = parts.join(", ");
  return `${text[0]!.toUpperCase()}${text.slice(1)}?`;
}

/** What an import asks, of a real hub; it waits where the hub is busy or away for a moment. */
function callsOf(shell: Shell, hub: HubClient, serverId: string | undefined, stopping: AbortSignal): ImportCalls {
  const tell = (text: string): void => shell.terminal.writeError(`${text}\n`);
  const patient = <T>(ask: () => Promise<T>): Promise<T> => patiently({ ...shell, tell }, PATIENCE_MS, stopping, ask);
  return {
    createServer: async ({ link, tags, ...rest }) => {
      const body = { ...rest, tags: [...tags], link };
      const { server, token } = await patient(() => hub.call("POST /api/v1/servers", { body }));
      return { id: server.id, ...(token !== null && { token }) };
    },
    setDefinition: (name, fields) =>
      patient(() =>
        hub.call("PUT /api/v1/servers/{id}/definitions/{driver}/{name}", {
          params: { id: serverId ?? "", driver: fields["driver"] === "tmux" ? "tmux" : "process", name },
          body: { definition: { ...fields } },
        }),
      ),
    keepSamples: (days) =>
      patient(async () => {
        const before = await hub.call("GET /api/v1/system/retention");
        if (before.samplesDays >= days)
          return { changed: false, detail: `the hub keeps samples ${before.samplesDays} days, which is not shorter` };
        await hub.call("PUT /api/v1/system/retention", {
          body: {
            ...before,
            samplesDays: days,
            minutesDays: Math.max(before.minutesDays, days),
            hoursDays: Math.max(before.hoursDays, days),
          },
        });
        return { changed: true, detail: `samples are kept ${days} days, ${before.samplesDays} before` };
      }),
  };
}
