import { hostAndPort, hostPort, isPullKindName, MusterError, PULL_KIND_NAMES } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { resources } from "@muster/protocol";
import type { Command } from "commander";
import type { HubClient } from "../client/hub-client.ts";
import type { Shell } from "../shell.ts";
import { ago, UNKNOWN } from "../terminal/formats.ts";
import { renderFields } from "../terminal/table.ts";
import { readFileOption } from "./file-option.ts";
import { findServer } from "./find-server.ts";
import { confirm, gather, hubCommand, readPassword, wholeNumber, wrongOption } from "./options.ts";
import type { HubOptions, HubWork } from "./options.ts";
import { findSshKey } from "./ssh-keys.ts";

interface AddOptions extends HubOptions {
  readonly ssh?: string;
  readonly key?: string;
  readonly password?: boolean;
  readonly sshAgent?: boolean;
  readonly via?: string;
  readonly sudo?: boolean;
  readonly policy?: string;
  readonly pull?: string;
  readonly pullUrl?: string;
  readonly secret?: boolean;
  readonly allow?: readonly string[];
  readonly channel?: readonly string[];
  readonly push?: boolean;
  readonly agentDial?: string;
  readonly tag?: readonly string[];
  readonly notes?: string;
  readonly intervalSeconds?: string;
}
interface FingerprintOptions extends HubOptions {
  readonly fingerprint?: string;
  readonly yes?: boolean;
}
interface YesOptions extends HubOptions {
  readonly yes?: boolean;
}

type LinkSettings = resources.LinkSettings;

/** `servers add | link | test | approve-key | refresh | new-token`: how the hub comes to servers. */
export function addServerLinkCommands(servers: Command, shell: Shell): void {
  hubCommand<AddOptions>(
    servers
      .command("add <name>")
      .description(
        "Add a server without an agent: reached by SSH, polled over HTTP, or sending heartbeats. Or one whose agent the hub dials.",
      )
      .option("--ssh <user@host[:port]>", "reach it by SSH")
      .option("--key <name>", "with this key of the hub (`muster ssh-keys`)")
      .option("--password", "with a password, which is asked for or read from standard input")
      .option("--ssh-agent", "with the SSH agent of the hub's own user")
      .option("--via <server>", "through this other server that is reached by SSH")
      .option("--sudo", "run commands there by `sudo -n`")
      .option("--policy <file>", "what the hub may do there, in the language of policies")
      .option("--pull <kind>", `poll it: ${PULL_KIND_NAMES.join(", ")}`)
      .option("--pull-url <address>", "where it answers, such as http://10.0.0.5:9527")
      .option("--secret", "ask for its token or password, or read it from standard input")
      .option("--allow <series>", "keep this foreign series, too; repeat for several", gather)
      .option("--channel <number=name>", "name a channel; repeat for several", gather)
      .option("--push", "it sends heartbeats itself; the answer holds its token")
      .option(
        "--agent-dial <address>",
        "dial its agent there, such as ws://10.0.0.5:8766; the answer holds a join token",
      )
      .option("--tag <tag>", "repeat for several", gather)
      .option("--notes <text>", "what people should know of it")
      .option("--interval-seconds <seconds>", "how often it is read or reports"),
    shell,
    async (work, name = "") => {
      const { hub, options, show, note } = work;
      const seconds = wholeNumber("--interval-seconds", options.intervalSeconds, 1, 600);
      const link = await linkOf(options, hub);
      const secret = await secretOf(options, shell);
      const made = await hub.call("POST /api/v1/servers", {
        body: {
          name,
          link,
          ...(options.tag !== undefined && { tags: [...options.tag] }),
          ...(options.notes !== undefined && { notes: options.notes }),
          ...(seconds !== undefined && { intervalMs: seconds * 1_000 }),
          ...(secret !== undefined && { secret }),
        },
      });
      if (made.token !== null) note("This is the only time that its token is shown:");
      if (link.kind === "push")
        note(`With it as bearer its heartbeats go to /api/v1/servers/${made.server.id}/heartbeat (docs/links.md).`);
      if (link.kind === "agent")
        note(`On the server, with the token on standard input: muster agent serve --name ${name} --listen HOST:PORT`);
      if (link.kind === "ssh") note(`Approve its host key when it has shown one: muster servers approve-key ${name}`);
      await show(made, () => (made.token === null ? `${name} is added.\n` : `${made.token}\n`));
    },
  );

  hubCommand<HubOptions>(
    servers.command("link <server>").description("Show how the hub comes to a server, and how that goes."),
    shell,
    async ({ hub, show }, name = "") => {
      const server = await findServer(hub, name);
      const link = await hub.call("GET /api/v1/servers/{id}/link", { params: { id: server.id } });
      await show({ ...link, state: server.linkState }, () => linkFields(link, server.linkState, shell.clock.now()));
    },
  );

  hubCommand<HubOptions>(
    servers.command("test <server>").description("Try the way to a server, and say which step fails."),
    shell,
    async ({ hub, show }, name = "") => {
      const { id } = await findServer(hub, name);
      const test = await hub.call("POST /api/v1/servers/{id}/link/test", { params: { id } });
      await show(test, () => testText(test));
      if (!test.ok)
        throw new MusterError("SERVER_OFFLINE", { message: `${name} cannot be reached: ${failedStep(test)}.` });
    },
  );

  hubCommand<FingerprintOptions>(
    servers
      .command("approve-key <server>")
      .description("Approve the SSH host key that a server showed, after comparing its fingerprint.")
      .option("--fingerprint <SHA256:…>", "approve exactly this one, as read on the server itself")
      .option("--yes", "do not ask"),
    shell,
    async (work, name = "") => {
      const { hub, options, show } = work;
      const { id } = await findServer(hub, name);
      const link = await hub.call("GET /api/v1/servers/{id}/link", { params: { id } });
      const known = link.hostKey?.fingerprint;
      if (known !== undefined && link.shownHostKey === null && (options.fingerprint ?? known) === known) {
        await show(link, () => `${name} is known by ${known} already.\n`);
        return;
      }
      const fingerprint = options.fingerprint ?? (await shownFingerprint(work, name, link));
      const approved = await hub.call("POST /api/v1/servers/{id}/link/host-key", {
        params: { id },
        body: { fingerprint },
      });
      await show(approved, () => `${name} is known by ${fingerprint} from now on.\n`);
    },
  );

  hubCommand<HubOptions>(
    servers.command("refresh <server>").description("Read a server now that the hub reaches by SSH or polls."),
    shell,
    async ({ hub, show }, name = "") => {
      const { id } = await findServer(hub, name);
      const server = await hub.call("POST /api/v1/servers/{id}/refresh", { params: { id } });
      await show(server, () => `${server.name} was read ${ago(server.summary.at, shell.clock.now())}.\n`);
    },
  );

  hubCommand<YesOptions>(
    servers
      .command("new-token <server>")
      .description(
        "Make a new token for a server that sends heartbeats, or for one whose agent is dialled and has not joined; the old one ends at once.",
      )
      .option("--yes", "do not ask"),
    shell,
    async ({ hub, options, show, note }, name = "") => {
      const { id } = await findServer(hub, name);
      await confirm(shell, options.yes, `Whoever has the old token of ${name} is refused from now on.`);
      const made = await hub.call("POST /api/v1/servers/{id}/token", { params: { id } });
      note("This is the only time that the token is shown:");
      await show(made, () => `${made.token}\n`);
    },
  );
}

/** What only one way takes; with another it would be left out in silence. */
const ONLY_WITH = {
  ssh: [
    ["key", "--key"],
    ["password", "--password"],
    ["sshAgent", "--ssh-agent"],
    ["via", "--via"],
    ["sudo", "--sudo"],
    ["policy", "--policy"],
  ],
  pull: [
    ["pullUrl", "--pull-url"],
    ["secret", "--secret"],
    ["allow", "--allow"],
    ["channel", "--channel"],
  ],
} as const satisfies Partial<Record<keyof AddOptions, readonly (readonly [keyof AddOptions, string])[]>>;

async function linkOf(options: AddOptions, hub: HubClient): Promise<LinkSettings> {
  const ways = [options.ssh, options.pull, options.push, options.agentDial].filter((way) => way !== undefined);
  if (ways.length !== 1) throw wrongOption("--ssh, --pull, --push or --agent-dial", "give exactly one of them");
  for (const way of ["ssh", "pull"] as const)
    for (const [name, option] of ONLY_WITH[way])
      if (options[way] === undefined && options[name] !== undefined)
        throw wrongOption(option, `goes with --${way} only`);
  if (options.push) return { kind: "push" };
  if (options.agentDial !== undefined) return { kind: "agent", dial: options.agentDial };
  return options.ssh === undefined ? pullLinkOf(options.pull ?? "", options) : sshLinkOf(options.ssh, options, hub);
}

async function sshLinkOf(address: string, options: AddOptions, hub: HubClient): Promise<LinkSettings> {
  // A user may have an @ in his name, as those of a domain do.
  const at = address.lastIndexOf("@");
  const place = at < 1 ? undefined : hostAndPort(address.slice(at + 1));
  if (place === undefined)
    throw wrongOption("--ssh", "must be USER@HOST or USER@HOST:PORT, with a port from 1 to 65535");
  const chosen = [options.key, options.password, options.sshAgent].filter((way) => way !== undefined);
  if (chosen.length !== 1) throw wrongOption("--key, --password or --ssh-agent", "give exactly one of them");
  return {
    kind: "ssh",
    host: place.host,
    ...(place.port !== undefined && { port: place.port }),
    user: address.slice(0, at),
    authentication: options.key === undefined ? (options.password ? "password" : "agent") : "key",
    ...(options.key !== undefined && { keyId: (await findSshKey(hub, options.key)).id }),
    ...(options.via !== undefined && { via: (await findServer(hub, options.via)).id }),
    ...(options.sudo && { sudo: true }),
    ...(options.policy !== undefined && { policy: readFileOption("--policy", options.policy) }),
  };
}

function pullLinkOf(kind: string, { pullUrl, allow, channel }: AddOptions): LinkSettings {
  if (!isPullKindName(kind)) throw wrongOption("--pull", `must be one of ${PULL_KIND_NAMES.join(", ")}`);
  if (pullUrl === undefined) throw wrongOption("--pull-url", "says where it answers, and is needed");
  const names = (channel ?? []).map((text) => {
    const [, number, name] = /^([1-9]\d{0,3})=(.+)$/.exec(text) ?? [];
    if (number === undefined || name === undefined)
      throw wrongOption("--channel", "must be NUMBER=NAME, such as 1=News");
    return [number, name] as const;
  });
  return {
    kind: "pull",
    adapter: kind,
    url: pullUrl,
    ...(allow !== undefined && { allow: [...allow] }),
    ...(names.length > 0 && { channelNames: Object.fromEntries(names) }),
  };
}

async function secretOf(options: AddOptions, shell: Shell): Promise<string | undefined> {
  if (options.password) return readPassword(shell, "Password on the server: ");
  return options.secret ? readPassword(shell, "Its token or password: ") : undefined;
}

async function shownFingerprint(
  { shell, options }: HubWork<FingerprintOptions>,
  name: string,
  { hostKey, shownHostKey }: resources.LinkView,
): Promise<string> {
  if (shownHostKey === null)
    throw new MusterError("NOT_FOUND", {
      message: `${name} has shown no host key yet; \`muster servers test ${name}\` tries to reach it.`,
    });
  const { type, fingerprint } = shownHostKey;
  const before = hostKey === null ? "" : ` It was known by ${hostKey.fingerprint}: somebody may stand in its place.`;
  await confirm(
    shell,
    options.yes,
    `${name} shows the ${escapeControls(type)} key ${escapeControls(fingerprint)}.${before} \`ssh-keygen -lf\` on the server must show the same.`,
  );
  return fingerprint;
}

function linkFields(
  { settings, hasSecret, hostKey, shownHostKey }: resources.LinkView,
  state: resources.Server["linkState"],
  now: number,
): string {
  const way: readonly (readonly [string, string])[] =
    settings.kind === "ssh"
      ? [
          ["address", `${settings.user}@${hostPort(settings.host, settings.port ?? 22)}`],
          ["signs in by", settings.authentication],
          ["host key", hostKey?.fingerprint ?? UNKNOWN],
          ...(shownHostKey ? [["shows instead", shownHostKey.fingerprint] as const] : []),
          ["sudo", settings.sudo ? "yes" : "no"],
        ]
      : settings.kind === "pull"
        ? [
            ["kind", settings.adapter],
            ["address", settings.url],
          ]
        : settings.kind === "agent"
          ? [["dialled at", settings.dial]]
          : [];
  return renderFields([
    ["link", settings.kind],
    ...way,
    ["secret", hasSecret ? "set" : "none"],
    ...(state === null
      ? []
      : ([
          ["state", [state.is, state.detail].filter(Boolean).join(": ")],
          ["since", ago(state.since, now)],
          ["round trip", state.roundTripMs === null ? UNKNOWN : `${Math.round(state.roundTripMs)} ms`],
          ["tried", ago(state.triedAt, now)],
        ] as const)),
  ]);
}

const failedStep = ({ steps }: resources.LinkTest): string => {
  const failed = steps.find(({ ok }) => !ok);
  return failed === undefined
    ? "no step says why"
    : `${failed.step}: ${escapeControls(failed.detail.replace(/\.$/, ""))}`;
};

function testText({ ok: isReached, steps, hostKey, adapter }: resources.LinkTest): string {
  const lines = steps.map(
    ({ step, ok, detail }) => `${ok ? "ok    " : "failed"}  ${step}  ${escapeControls(detail)}\n`,
  );
  if (hostKey) lines.push(`It shows the host key ${escapeControls(hostKey.fingerprint)}.\n`);
  if (!isReached && adapter !== null) lines.push(`What answers there looks like: ${adapter}.\n`);
  return lines.join("");
}
