import { hostAndPort, isHost, portFrom } from "../links/host-and-port.ts";
import { isSshUser } from "../links/ssh-address.ts";
import { hostRange } from "./host-range.ts";
import { quoted } from "./foreign-text.ts";
import { IMPORT_LIMITS } from "./plan.ts";
import type { ImportChoices } from "./plan.ts";
import type { PlanBuilder } from "./plan-builder.ts";

type Variables = Map<string, unknown>;

interface Group {
  readonly hosts: Set<string>;
  readonly children: Set<string>;
  readonly variables: Variables;
}

const GROUPS_MAX = 1_000;
/** Groups that every host is in, or that only mean "no group". */
const NO_TAGS = new Set(["all", "ungrouped"]);
const HOST = ["ansible_host", "ansible_ssh_host"];
const PORT = ["ansible_port", "ansible_ssh_port"];
const USER = ["ansible_user", "ansible_ssh_user"];
const CONNECTION = "ansible_connection";
const KEY_FILE = "ansible_ssh_private_key_file";
const USED = new Set([...HOST, ...PORT, ...USER, CONNECTION, KEY_FILE]);
const PASSWORD = /(?:pass|password|token|secret)$/i;

/** An inventory as both of Ansible's forms have it: hosts, groups, children and variables. */
export class AnsibleInventory {
  readonly #plan: PlanBuilder;
  readonly #groups = new Map<string, Group>();
  /** Where each host is first named, and its own variables. */
  readonly #hosts = new Map<string, { readonly where: string; readonly variables: Variables }>();

  constructor(plan: PlanBuilder) {
    this.#plan = plan;
  }

  /** Whether the group is there, made when it is new; there is a limit to their number. */
  group(where: string, name: string): boolean {
    return this.#group(where, name) !== undefined;
  }

  child(where: string, group: string, child: string): void {
    if (this.group(where, child)) this.#group(where, group)?.children.add(child);
  }

  variable(where: string, group: string, name: string, value: unknown): void {
    if (this.#isUsed(name)) this.#group(where, group)?.variables.set(name, value);
  }

  /** Hosts of a pattern such as `web[01:20].example.com`, in a group, with variables that each of them has. */
  hosts(where: string, pattern: string, groupName: string, variables: Iterable<readonly [string, unknown]>): void {
    const group = this.#group(where, groupName);
    const range = hostRange(pattern, IMPORT_LIMITS.serversMax);
    if (!range.ok) return this.#plan.problem(where, `left out: ${range.why}`);
    const own = [...variables].filter(([name]) => this.#isUsed(name));
    for (const place of range.names.map((name) => hostAndPort(name) ?? { host: name, port: undefined })) {
      const known = this.#hosts.get(place.host);
      // One more than can come in, so that the plan says that it is full.
      if (known === undefined && this.#hosts.size > IMPORT_LIMITS.serversMax) return;
      const host = known ?? { where, variables: new Map<string, unknown>() };
      this.#hosts.set(place.host, host);
      if (place.port !== undefined) host.variables.set(PORT[0]!, place.port);
      for (const [key, value] of own) host.variables.set(key, value);
      group?.hosts.add(place.host);
    }
  }

  /** Plans a server for each host. */
  planServers(choices: ImportChoices): void {
    const parents = this.#parents();
    const depths = this.#depths(parents);
    const groupsOf = new Map<string, string[]>();
    for (const [name, group] of this.#groups) for (const host of group.hosts) add(groupsOf, host, name);
    for (const [name, { where, variables }] of this.#hosts) {
      const groups = withAncestors(groupsOf.get(name) ?? [], parents);
      // As Ansible merges them: outer groups first, among equals by name, the host's own last.
      const order = [...groups].sort(
        (one, other) => (depths.get(one) ?? 0) - (depths.get(other) ?? 0) || (one < other ? -1 : 1),
      );
      const all = new Map<string, unknown>(this.#groups.get("all")?.variables);
      for (const group of order)
        for (const [key, value] of this.#groups.get(group)?.variables ?? []) all.set(key, value);
      for (const [key, value] of variables) all.set(key, value);
      this.#server(
        where,
        name,
        all,
        order.filter((group) => !NO_TAGS.has(group)),
        choices,
      );
    }
  }

  #group(where: string, name: string): Group | undefined {
    const known = this.#groups.get(name);
    if (known) return known;
    if (this.#groups.size >= GROUPS_MAX) {
      this.#plan.problem(where, `the group ${quoted(name)} is left out: there are more than ${GROUPS_MAX}`);
      return undefined;
    }
    const made: Group = { hosts: new Set(), children: new Set(), variables: new Map() };
    this.#groups.set(name, made);
    return made;
  }

  #isUsed(variable: string): boolean {
    if (USED.has(variable)) return true;
    const why = PASSWORD.test(variable)
      ? "passwords are not taken from an inventory: give the server a key"
      : "is Ansible's own; options and jump hosts of SSH are set on the server";
    this.#plan.ignore(`variable ${quoted(variable)}`, why);
    return false;
  }

  #server(where: string, name: string, variables: Variables, tags: readonly string[], choices: ImportChoices): void {
    const plan = this.#plan;
    const leaveOut = (why: string): void => plan.problem(where, `${quoted(name)} left out: ${why}`);
    const connection = textOf(variables.get(CONNECTION) ?? "ssh");
    if (!["ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh"].includes(connection))
      return plan.ignore(`host ${quoted(name)}`, `is reached by ${quoted(connection)}, not by SSH`);
    const keyFile = variables.get(KEY_FILE);
    if (keyFile !== undefined)
      plan.ignore(`key file ${quoted(textOf(keyFile))}`, "private keys are not read: the hub has keys of its own");
    const hostText = textOf(valueOf(variables, HOST) ?? name);
    const port = portFrom(valueOf(variables, PORT) ?? 22);
    const user = textOf(valueOf(variables, USER) ?? choices.user ?? "");
    for (const value of [hostText, user])
      if (value.includes("{{")) return leaveOut("a template ({{ }}) stands where its host or user should");
    if (!isHost(hostText)) return leaveOut("ansible_host is no host name or address");
    if (port === undefined) return leaveOut("ansible_port is no port, 1 to 65535");
    if (user === "") return leaveOut("it has no ansible_user, and nobody was named for those without");
    if (!isSshUser(user)) return leaveOut("ansible_user is no user's name");
    plan.server(where, { names: [name], tags, link: { kind: "ssh", host: hostText, port, user } });
  }

  #parents(): ReadonlyMap<string, readonly string[]> {
    const parents = new Map<string, string[]>();
    for (const [name, { children }] of this.#groups) for (const child of children) add(parents, child, name);
    return parents;
  }

  /** How far each group lies below the outermost one, the longest way; a circle is told and counts once. */
  #depths(parents: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, number> {
    const depths = new Map<string, number>();
    const open = new Set<string>();
    const depthOf = (name: string): number => {
      const known = depths.get(name);
      if (known !== undefined) return known;
      if (open.has(name)) {
        this.#plan.problem(`group ${quoted(name)}`, "is a child of itself");
        return 0;
      }
      open.add(name);
      const depth = 1 + Math.max(0, ...(parents.get(name) ?? []).map(depthOf));
      open.delete(name);
      depths.set(name, depth);
      return depth;
    };
    for (const name of this.#groups.keys()) depthOf(name);
    return depths;
  }
}

function add(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function withAncestors(
  groups: readonly string[],
  parents: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const found = new Set(groups);
  for (const group of found) for (const parent of parents.get(group) ?? []) found.add(parent);
  return found;
}

const valueOf = (variables: Variables, names: readonly string[]): unknown =>
  names.map((name) => variables.get(name)).find((value) => value !== undefined && value !== null && value !== "");

const textOf = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
