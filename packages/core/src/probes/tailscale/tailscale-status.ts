import { PullTextError, amount, parseRecord, textOf, writtenOf } from "../../pull/pull-text.ts";
import { labelsProblem } from "../../samples.ts";
import { isFields } from "../../services/definitions/index.ts";
import { DAY_MS } from "../../time.ts";
import type { Instant } from "../../time.ts";
import { panelInstant, saidOf } from "../panels/panel-text.ts";
import type { ProbeVerdict } from "../probe-verdict.ts";

/** How a peer is reached. `idle`: it is online, and nothing has been sent lately, so that there is no path. */
export type TailscalePath = "direct" | "relayed" | "idle" | "offline";

export interface TailscalePeer {
  readonly name: string;
  readonly os: string | null;
  readonly address: string | null;
  readonly path: TailscalePath;
  /** By which relay, where it is relayed. */
  readonly relay: string | null;
  readonly receivedBytes: number | null;
  readonly sentBytes: number | null;
  readonly lastSeen: Instant | null;
  /** Null: the key does not end. */
  readonly keyUntil: Instant | null;
}

export interface TailscaleStatus {
  readonly version: string | null;
  /** `Running` when all is well, `NeedsLogin`, `Stopped`, `Starting` and others. */
  readonly state: string;
  readonly network: string | null;
  readonly self: TailscalePeer | null;
  /** What tailscaled itself complains of. */
  readonly health: readonly string[];
  readonly peers: readonly TailscalePeer[];
}

const PEERS_MAX = 2_000;
/** Peers with a history of their own. */
const CHARTED_PEERS_MAX = 50;
const NAMED_MAX = 5;

/** The answer to `GET /localapi/v0/status`, which is what `tailscale status --json` prints. Throws PullTextError. */
export function parseTailscaleStatus(text: string): TailscaleStatus {
  const status = parseRecord(text);
  const state = textOf(status["BackendState"], 40);
  if (state === undefined) throw new PullTextError("the answer has no state; is this Tailscale?");
  const network = isFields(status["CurrentTailnet"]) ? status["CurrentTailnet"] : {};
  const peers = isFields(status["Peer"]) ? Object.values(status["Peer"]).slice(0, PEERS_MAX) : [];
  const health = Array.isArray(status["Health"]) ? (status["Health"] as unknown[]).slice(0, 20) : [];
  return {
    version: textOf(status["Version"], 60) ?? null,
    state,
    network: textOf(network["Name"], 100) ?? null,
    self: isFields(status["Self"]) ? peerOf(status["Self"]) : null,
    health: health.flatMap((line) => saidOf(line) ?? []),
    peers: peers.filter(isFields).map(peerOf),
  };
}

function peerOf(peer: Readonly<Record<string, unknown>>): TailscalePeer {
  const isOnline = peer["Online"] === true;
  const [current, relay] = [textOf(peer["CurAddr"], 100), textOf(peer["Relay"], 40)];
  // The name in DNS tells machines of one host name apart.
  const dnsName = textOf(peer["DNSName"], 200)?.split(".")[0];
  const addresses = Array.isArray(peer["TailscaleIPs"]) ? (peer["TailscaleIPs"] as unknown[]) : [];
  // "Active" is said since 1.0; where it is not, an address or a relay stands for it.
  const isActive = peer["Active"] !== false;
  const path = current !== undefined ? "direct" : relay !== undefined && isActive ? "relayed" : "idle";
  return {
    name: dnsName || (textOf(peer["HostName"], 100) ?? "nameless"),
    os: textOf(peer["OS"], 40) ?? null,
    address: textOf(writtenOf(addresses[0]), 60) ?? null,
    path: isOnline ? path : "offline",
    relay: relay ?? null,
    receivedBytes: amount(peer["RxBytes"]) ?? null,
    sentBytes: amount(peer["TxBytes"]) ?? null,
    lastSeen: realInstant(peer["LastSeen"]),
    keyUntil: realInstant(peer["KeyExpiry"]),
  };
}

/** Go writes year 1 for "never". */
const realInstant = (value: unknown): Instant | null => {
  const at = panelInstant(value);
  return at !== null && at > 0 ? at : null;
};

export interface TailscaleRules {
  /** Names of peers. */
  readonly peersMustBeOnline: readonly string[];
  readonly mustBeDirect: boolean;
  readonly warnDays: number;
  readonly failDays: number;
}

/** Says what was seen and what is wrong with it; the words for when all is well. */
export function judgeTailscale(
  verdict: ProbeVerdict,
  { version, state, network, self, health, peers }: TailscaleStatus,
  rules: TailscaleRules,
  now: Instant,
): string {
  verdict.fact("version", version);
  verdict.fact("state", state);
  verdict.fact("network", network);
  verdict.fact("name", self?.name ?? null);
  verdict.fact("address", self?.address ?? null);
  if (typeof self?.keyUntil === "number") verdict.fact("keyUntil", self.keyUntil, "instant");
  if (state === "Starting") verdict.degraded("Tailscale is starting");
  else if (state === "NeedsLogin")
    verdict.unhealthy("Tailscale has no valid sign-in: run `tailscale up` on the hub's machine");
  else if (state === "NeedsMachineAuth")
    verdict.unhealthy("this machine waits to be approved in Tailscale's admin console");
  else if (state !== "Running") verdict.unhealthy(`Tailscale is ${state} instead of Running`);
  for (const line of health) verdict.degraded(line);
  judgeKeys(verdict, self, peers, rules, now);
  judgePeers(verdict, peers, rules);
  tellPeers(verdict, peers);
  const online = peers.filter(({ path }) => path !== "offline").length;
  return `${online} of ${peers.length} peers online, version ${version ?? "unknown"}`;
}

function judgeKeys(
  verdict: ProbeVerdict,
  self: TailscalePeer | null,
  peers: readonly TailscalePeer[],
  { warnDays, failDays }: TailscaleRules,
  now: Instant,
): void {
  const left = (peer: TailscalePeer): number => (peer.keyUntil ?? Infinity) - now;
  const words = (peer: TailscalePeer): string =>
    left(peer) < 0 ? "has expired" : `ends in ${Math.floor(left(peer) / DAY_MS)} days`;
  if (self !== null) {
    verdict.sample("tailscale_key_left_seconds", self.keyUntil === null ? null : left(self) / 1_000, {
      peer: self.name,
    });
    if (left(self) < Math.max(0, failDays * DAY_MS)) verdict.unhealthy(`the key of this machine ${words(self)}`);
    else if (left(self) < warnDays * DAY_MS) verdict.degraded(`the key of this machine ${words(self)}`);
  }
  // A machine that has been switched off for good lets its key end, which is nobody's trouble.
  const ending = peers.filter((peer) => peer.path !== "offline" && left(peer) < warnDays * DAY_MS);
  if (ending.length > 0) verdict.degraded(listed(ending.map((peer) => `the key of ${peer.name} ${words(peer)}`)));
}

function judgePeers(
  verdict: ProbeVerdict,
  peers: readonly TailscalePeer[],
  { peersMustBeOnline, mustBeDirect }: TailscaleRules,
): void {
  const away = peersMustBeOnline.flatMap((name) => {
    const peer = peers.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (peer === undefined) return [`there is no peer ${name}`];
    return peer.path === "offline" ? [`${name} is offline`] : [];
  });
  if (away.length > 0) verdict.unhealthy(listed(away));
  const relayed = peers.filter(({ path }) => path === "relayed");
  if (mustBeDirect && relayed.length > 0)
    verdict.degraded(
      listed(relayed.map(({ name, relay }) => `${name} is reached by the relay ${relay ?? "?"} instead of directly`)),
    );
}

const listed = (all: readonly string[]): string =>
  all.slice(0, NAMED_MAX).join(", ") + (all.length > NAMED_MAX ? ` and ${all.length - NAMED_MAX} more` : "");

const ORDER: readonly TailscalePath[] = ["relayed", "direct", "idle", "offline"];

function tellPeers(verdict: ProbeVerdict, peers: readonly TailscalePeer[]): void {
  for (const state of ORDER)
    verdict.sample("tailscale_peers", peers.filter(({ path }) => path === state).length, { state });
  const taken = new Set<string>();
  for (const { name, path, receivedBytes, sentBytes } of peers) {
    if (path === "offline" || taken.has(name) || taken.size >= CHARTED_PEERS_MAX) continue;
    if (labelsProblem({ peer: name }) !== undefined) continue;
    taken.add(name);
    verdict.sample("tailscale_peer_receive_bytes_total", receivedBytes, { peer: name });
    verdict.sample("tailscale_peer_transmit_bytes_total", sentBytes, { peer: name });
  }
  verdict.table({
    key: "peers",
    columns: [
      { key: "name" },
      { key: "path" },
      { key: "relay" },
      { key: "address" },
      { key: "os" },
      { key: "received", unit: "bytes" },
      { key: "sent", unit: "bytes" },
      { key: "lastSeen", unit: "instant" },
      { key: "keyUntil", unit: "instant" },
    ],
    rows: peers
      .toSorted((one, other) => ORDER.indexOf(one.path) - ORDER.indexOf(other.path))
      .map((peer) => [
        ...[peer.name, peer.path, peer.path === "relayed" ? peer.relay : null, peer.address, peer.os],
        ...[peer.receivedBytes, peer.sentBytes, peer.lastSeen, peer.keyUntil],
      ]),
  });
}
