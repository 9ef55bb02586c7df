import { isLoopback } from "../links/host-and-port.ts";
import type { DeployFacts } from "./deploy-facts.ts";
import type { DeployAction } from "./steps.ts";

/** The least major version of Node.js that runs an agent. */
export const NODE_MAJOR_LEAST = 24;
/** Besides what is put there: state, spool, and room to breathe. */
const SPARE_BYTES = 64_000_000;
const MEGABYTE = 1_000_000;

/** The Node.js that the hub itself runs by, and so can give. */
export interface RuntimeOffer {
  /** As `uname -m` says it. */
  readonly machine: string;
  readonly libc: string;
  readonly bytes: number;
}

export interface DeploymentWants {
  readonly action: DeployAction;
  readonly serverId: string;
  readonly programBytes: number;
  readonly runtime: RuntimeOffer;
  /** By which the agent is to reach the hub. */
  readonly hubUrl: string;
  /** The address by which the hub reaches the server. */
  readonly serverHost: string;
}

/** What is to be done; `node` is the Node.js that is there already, undefined where one has to be brought. */
export type DeploymentPlan =
  | { readonly is: "possible"; readonly node: string | undefined }
  /** One sentence: what is missing, and what to do. */
  | { readonly is: "impossible"; readonly why: string };

/** Decides from what a server is whether and how something can be done to its agent. */
export function planDeployment(facts: DeployFacts, wants: DeploymentWants): DeploymentPlan {
  const why = problemOf(facts, wants);
  if (why !== undefined) return { is: "impossible", why };
  return { is: "possible", node: goodNode(facts) };
}

const goodNode = ({ nodes }: DeployFacts): string | undefined =>
  nodes.find(({ major }) => major >= NODE_MAJOR_LEAST)?.path;

function problemOf(facts: DeployFacts, wants: DeploymentWants): string | undefined {
  if (facts.system !== "Linux") return `An agent runs on Linux only; this server says it is ${shown(facts.system)}.`;
  if (!facts.hasSystemd)
    return "This server does not run systemd, which is to keep the agent running. Install the agent there by hand.";
  if (wants.action === "deploy")
    return foreignAgent(facts, wants) ?? hubProblem(wants) ?? runtimeProblem(facts, wants) ?? roomProblem(facts, wants);
  // Taking away what somebody has taken away by hand already is no failure: the way back must stay open.
  if (wants.action === "uninstall") return undefined;
  if (!facts.hasUnit)
    return "There is no agent's unit on this server: somebody removed it. Uninstall it here, then deploy.";
  return wants.action === "upgrade" ? (runtimeProblem(facts, wants) ?? roomProblem(facts, wants)) : undefined;
}

function foreignAgent({ joinedAs, hasSetpriv }: DeployFacts, { serverId }: DeploymentWants): string | undefined {
  // What an earlier deployment left behind, whose hub ended in the middle, is this server's own.
  if (joinedAs !== undefined && joinedAs !== serverId)
    return "An agent of another server, or of another hub, is on this machine already. Look what it is; `muster agent uninstall --purge` there removes it.";
  if (!hasSetpriv) return "This server has no setpriv, by which the agent joins as its own user. Install util-linux.";
  return undefined;
}

/** Agents speak to a hub on another machine by TLS only. */
function hubProblem({ hubUrl, serverHost }: DeploymentWants): string | undefined {
  const [, protocol, hostName = ""] = /^(https?:)\/\/(\[[^\]]*\]|[^/:?#]*)/.exec(hubUrl) ?? [];
  const isLocal = isLoopback(hostName);
  if (isLocal && !isLoopback(serverHost))
    return `The hub is known as ${hubUrl} only, which this server cannot reach. Set publicUrl to an address that servers reach.`;
  if (protocol !== "https:" && !isLocal)
    return `The hub is known as ${hubUrl}; agents come by https only. Set publicUrl, or give the hub a certificate.`;
  return undefined;
}

function runtimeProblem(facts: DeployFacts, { runtime }: DeploymentWants): string | undefined {
  if (goodNode(facts) !== undefined) return undefined;
  const found = facts.nodes[0];
  const has = found === undefined ? "has no Node.js" : `has Node.js ${found.major}`;
  const next = `Install Node.js ${NODE_MAJOR_LEAST} or newer there.`;
  if (facts.machine !== runtime.machine)
    return `This server ${has}, and the hub's own is for ${runtime.machine}, not ${shown(facts.machine)}. ${next}`;
  if (facts.libc !== runtime.libc)
    return `This server ${has}, and the hub's own is for ${runtime.libc}, not ${shown(facts.libc)}. ${next}`;
  return undefined;
}

function roomProblem(facts: DeployFacts, { programBytes, runtime }: DeploymentWants): string | undefined {
  const needsBytes = programBytes + (goodNode(facts) === undefined ? runtime.bytes : 0) + SPARE_BYTES;
  if (facts.freeBytes === undefined || facts.freeBytes >= needsBytes) return undefined;
  const free = Math.floor(facts.freeBytes / MEGABYTE);
  return `The agent needs ${Math.ceil(needsBytes / MEGABYTE)} MB of disk there, and ${free} MB are free. Make room.`;
}

/** A word of the server in a sentence of ours. */
const shown = (word: string | undefined): string => word?.replace(/[^A-Za-z0-9_.-]/g, "?").slice(0, 40) ?? "unknown";
