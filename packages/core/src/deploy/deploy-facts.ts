import { parseCount } from "../linux/text.ts";

/** A Node.js that was found on a server. */
export interface FoundNode {
  readonly path: string;
  readonly major: number;
}

/** What there is on a server before something is done to its agent. What it did not say is undefined. */
export interface DeployFacts {
  /** As `uname` says it. */
  readonly system: string | undefined;
  readonly machine: string | undefined;
  /** `glibc`, `musl` or a word that is neither. */
  readonly libc: string | undefined;
  readonly hasSystemd: boolean;
  readonly hasSetpriv: boolean;
  /** What root's own place for programs has room for. */
  readonly freeBytes: number | undefined;
  /** In the order in which they are to be preferred. */
  readonly nodes: readonly FoundNode[];
  /** Whether a unit of the agent is there. */
  readonly hasUnit: boolean;
  /** The server's id that an agent there has joined under; undefined when none has joined. */
  readonly joinedAs: string | undefined;
  /** Where that agent keeps its state, and as which user it runs. */
  readonly stateDirectory: string | undefined;
  readonly user: string | undefined;
}

/** Reads lines of `name=value`; lines that are none are left out, since they come from the server. */
export function parseDeployFacts(text: string): DeployFacts {
  const values = new Map<string, string>();
  const nodes: FoundNode[] = [];
  for (const line of text.split("\n")) {
    const [, name = "", value = ""] = /^([a-z]+)=(.*)$/.exec(line) ?? [];
    if (name === "node") {
      const [, major = "", path = ""] = /^([1-9]\d{0,3})\.\S* (\/[A-Za-z0-9_@.+/-]+)$/.exec(value) ?? [];
      if (path !== "") nodes.push({ path, major: Number(major) });
    } else if (value !== "" && !values.has(name)) values.set(name, value);
  }
  const blocks = /^(\d+) (\d+)$/.exec(values.get("free") ?? "");
  const freeBytes = blocks === null ? undefined : parseCount(blocks[1])! * parseCount(blocks[2])!;
  return {
    system: values.get("system"),
    machine: values.get("machine"),
    libc: values.get("libc"),
    hasSystemd: values.get("systemd") === "yes",
    hasSetpriv: values.get("setpriv") === "yes",
    freeBytes: Number.isFinite(freeBytes) ? freeBytes : undefined,
    nodes,
    hasUnit: values.get("unit") === "yes",
    joinedAs: values.get("joined"),
    stateDirectory: plainPath(values.get("state")),
    user: plainUser(values.get("user")),
  };
}

const plainPath = (text: string | undefined): string | undefined =>
  text !== undefined && /^\/[A-Za-z0-9_@.+/-]{1,200}$/.test(text) && !text.includes("..") ? text : undefined;
const plainUser = (text: string | undefined): string | undefined =>
  text !== undefined && /^[a-z_][a-z0-9_-]{0,31}$/.test(text) ? text : undefined;
