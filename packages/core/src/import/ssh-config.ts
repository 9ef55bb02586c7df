import { isHost, portFrom } from "../links/host-and-port.ts";
import { isSshUser } from "../links/ssh-address.ts";
import { quoted } from "./foreign-text.ts";
import type { ImportChoices } from "./plan.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import { parseSshConfig } from "./ssh-config-file.ts";
import type { SshConfigFile, SshOptions } from "./ssh-config-file.ts";

/** Keywords that a link has a place for, or that are told by name. */
const USED = new Set(["hostname", "port", "user", "proxyjump", "proxycommand", "identityfile"]);

/** An OpenSSH client's configuration: a server for each host that is named, and for each that others jump over. */
export function readSshConfig(text: string, plan: PlanBuilder, choices: ImportChoices): void {
  const file = parseSshConfig(text, plan);
  const hosts = new Hosts(file, plan, choices);
  for (const [alias, line] of file.aliases) {
    if (plan.isFull(`line ${line}`)) return;
    hosts.plan(alias, `line ${line}`, [], {});
  }
}

const JUMPS_MAX = 16;

/** What the line of another host says of this one. */
interface Instead {
  readonly user?: string;
  readonly port?: string;
}

/** Plans each host once, after the one through which it is reached. */
class Hosts {
  readonly #file: SshConfigFile;
  readonly #plan: PlanBuilder;
  readonly #choices: ImportChoices;
  /** By user, alias and port the name of the planned server; undefined of one that had to be left out. */
  readonly #planned = new Map<string, string | undefined>();

  constructor(file: SshConfigFile, plan: PlanBuilder, choices: ImportChoices) {
    this.#file = file;
    this.#plan = plan;
    this.#choices = choices;
  }

  /**
   * The name under which the host is planned. `way` are the hosts that are reached over it; one that is reached with
   * another user or port than its own `Host` says is another server.
   */
  plan(alias: string, where: string, way: readonly string[], instead: Instead): string | undefined {
    const options = this.#file.optionsOf(alias);
    const user = instead.user ?? options.get("user")?.value ?? this.#choices.user;
    const port = instead.port ?? options.get("port")?.value ?? "22";
    const key = `${user ?? ""}@${alias}:${port}`;
    if (this.#planned.has(key)) return this.#planned.get(key);
    const name = this.#make(alias, where, way, { user, port });
    this.#planned.set(key, name);
    return name;
  }

  #make(
    alias: string,
    where: string,
    way: readonly string[],
    { user, port: portText }: { readonly user: string | undefined; readonly port: string },
  ): string | undefined {
    const options = this.#file.optionsOf(alias);
    const leaveOut = (why: string): undefined =>
      this.#plan.problem(where, `${quoted(alias)} left out: ${why}`) as undefined;
    const host = expand(options.get("hostname")?.value ?? alias, alias);
    const port = portFrom(portText);
    this.#tellIgnored(options);
    if (host === undefined) return leaveOut("of the marks in HostName only %h and %% are known");
    if (!isHost(host)) return leaveOut("its HostName is no host name or address");
    if (port === undefined) return leaveOut("its Port is no port, 1 to 65535");
    if (user === undefined) return leaveOut("it has no User, and nobody was named for those without");
    if (!isSshUser(user)) return leaveOut("its User is no user's name");
    const jump = this.#jump(options, [...way, alias]);
    if (!jump.ok) return leaveOut(jump.why);
    return this.#plan.server(where, {
      names: [alias, host],
      link: { kind: "ssh", host, port, user, ...(jump.via !== undefined && { via: jump.via }) },
    });
  }

  /** The planned server over which a host is reached. Connecting past it could reach another machine, so it must be there. */
  #jump(
    options: SshOptions,
    way: readonly string[],
  ): { readonly ok: true; readonly via?: string } | { readonly ok: false; readonly why: string } {
    const jump = options.get("proxyjump");
    const command = options.get("proxycommand");
    // Whichever of the two stands first in the file switches the other one off, also with `none`.
    const isByJump = jump !== undefined && (command === undefined || jump.line < command.line);
    const chosen = isByJump ? jump : command;
    if (chosen === undefined || chosen.value.toLowerCase() === "none") return { ok: true };
    if (!isByJump) return { ok: false, why: "it is reached through a command (ProxyCommand); add it by hand" };
    if (jump.value.includes(","))
      return { ok: false, why: "it jumps over several hosts: give each of them a Host with a ProxyJump of its own" };
    const [, user, hop = "", port] =
      /^(?:ssh:\/\/)?(?:([^@]*)@)?\[?([^\]]*?)\]?(?::([0-9]+))?\/?$/.exec(jump.value) ?? [];
    if (way.includes(hop)) return { ok: false, why: `it jumps in a circle, over ${quoted(hop)}` };
    if (way.length > JUMPS_MAX) return { ok: false, why: `it jumps more than ${JUMPS_MAX} times` };
    const via = this.plan(hop, `line ${jump.line}`, way, {
      ...(user !== undefined && { user }),
      ...(port !== undefined && { port }),
    });
    return via === undefined
      ? { ok: false, why: `${quoted(hop)}, over which it jumps, is left out` }
      : { ok: true, via };
  }

  #tellIgnored(options: SshOptions): void {
    const key = options.get("identityfile");
    if (key !== undefined)
      this.#plan.ignore(`key file ${quoted(key.value)}`, "private keys are not read: the hub has keys of its own");
    for (const keyword of options.keys())
      if (!USED.has(keyword)) this.#plan.ignore(`option ${quoted(keyword)}`, "a link to a server has no such option");
  }
}

/** `%h` is the host as it was named; undefined where other marks stand. */
function expand(hostName: string, alias: string): string | undefined {
  const text = hostName.replaceAll(/%[%h]/g, (mark) => (mark === "%h" ? alias : "%"));
  return /%[^%h]|%$/.test(hostName.replaceAll(/%[%h]/g, "")) ? undefined : text;
}
