import type {
  ActionArgs,
  ActionName,
  DriverName,
  LedgerEntry,
  LogQuery,
  LogStreamItem,
  ProgramEnd,
  ScriptArg,
  ServiceDefinition,
  ServiceStatus,
  Verb,
} from "@muster/core";

export type { LogQuery, LogSource } from "@muster/core";

/**
 * Frames of `muster/1`, one JSON object a WebSocket text message, told apart by `t`. Binary fields are base64url
 * without padding. Where a frame has `body` and `sig`, the signature covers the bytes of `body` exactly as sent, so it
 * is verified before it is parsed. A binary message is a pack: deflate-raw of batch frames, one a line.
 */

// ---- agent to hub

export interface BeginFrame {
  readonly t: "begin";
  readonly versions: readonly number[];
  readonly agentNonce: string;
}

export interface EnrollFrame {
  readonly t: "enroll";
  readonly tokenId: string;
  readonly name: string;
  /** SPKI DER of an ed25519 key made on the server. */
  readonly agentPub: string;
  readonly mac: string;
  readonly sig: string;
}

export interface AuthFrame {
  readonly t: "auth";
  /** JSON text of `AuthBody`. */
  readonly body: string;
  readonly sig: string;
}

export interface AuthBody {
  readonly agentId: string;
  readonly bootId: string;
  /** Which run of the agent this is; two live sessions of one key with different instances are clones. */
  readonly instanceId: string;
  /** The program's version, for display and for the upgrade hint. */
  readonly agentVersion: string;
  readonly version: number;
  readonly policyHash: string;
  readonly policySummary: PolicySummary;
  readonly epochSeen: number;
  /** The highest sequence number this agent ever gave out; 0 when none. */
  readonly lastSeq: number;
  /** The lowest number it still holds; everything below was acknowledged or dropped and counted. */
  readonly spoolHead: number;
  /** Hash of the newest audit checkpoint it has seen, "" when none. */
  readonly auditHead: string;
  /** The agent's wall clock when it signed, epoch ms. */
  readonly at: number;
  readonly intervalMs: number;
  /** SHA-256 of the SPKI of the TLS key with which it waits to be dialled, hex; absent where there is none. */
  readonly tlsKey?: string;
}

export interface PolicySummary {
  readonly state: "monitor-only" | "file" | "broken";
  /** Why a broken file is not used; empty otherwise. */
  readonly why: string;
  /** One line an entry, for people. */
  readonly entries: readonly string[];
  /** Named commands that `exec.run` may run, and their arguments. */
  readonly commands?: readonly { readonly name: string; readonly args: readonly ScriptArg[] }[];
  /** Actions that some entry allows, on whatever target. */
  readonly actions?: readonly ActionName[];
  /** Files whose log may be read. */
  readonly files?: readonly string[];
}

/** One service as the hub is told of it. */
export interface WireService extends ServiceStatus {
  /** Verbs that the policy lets the hub use, apart from its limits in time. */
  readonly granted: readonly Verb[];
  readonly isLogGranted: boolean;
  /** A definition of the server's own stands behind it; `file`: it can be changed on the server only. */
  readonly defined: "file" | "hub" | null;
}

/** What the agent sees of its services: all of them at first, then what changed. */
export interface ServicesFrame {
  readonly t: "services";
  /** True: `services` is everything and replaces what was told. */
  readonly whole: boolean;
  readonly services: readonly WireService[];
  /** Those that are gone, as `driver/name`. */
  readonly removed: readonly string[];
  /** Which drivers work here and why others do not; with the whole only. */
  readonly drivers?: readonly { readonly name: DriverName; readonly ok: boolean; readonly why: string }[];
  /** Number of the newest line of the ledger: whoever has fewer asks for the rest. */
  readonly ledgerSeq: number;
  /** Another ledger than before, because the old one was lost, has another id. */
  readonly ledgerId: string;
}

/** What an open stream yields, in order; takes as many of its credit. */
export interface ItemsFrame {
  readonly t: "items";
  readonly id: number;
  readonly items: readonly unknown[];
}

/** A stream has ended by itself; `error` is empty when it had no more to say. */
export interface EndFrame {
  readonly t: "end";
  readonly id: number;
  readonly error: string;
}

export interface SeriesDefinition {
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * Rows of readings. A layout is the ordered list of series that the values belong to; it is defined once a session,
 * with the first batch that uses it. `null` stands for "not read this round".
 */
export interface BatchFrame {
  readonly t: "batch";
  readonly seq: number;
  readonly layout: number;
  readonly define?: readonly SeriesDefinition[];
  /** [epoch ms, value, value …]. */
  readonly rows: readonly (readonly (number | null)[])[];
  /** True for what waited in the spool: it makes history and is not shown as live. */
  readonly late?: boolean;
  /** True: its acknowledgement may wait for that of the next batch without this, which saves both sides a wake-up. */
  readonly quiet?: boolean;
}

export interface FactsFrame {
  readonly t: "facts";
  readonly facts: unknown;
}

/** The policy file changed while connected. */
export interface PolicyFrame {
  readonly t: "policy";
  readonly policyHash: string;
  readonly policySummary: PolicySummary;
}

export type ReplyFrame =
  | { readonly t: "reply"; readonly id: number; readonly ok: true; readonly result: unknown }
  | { readonly t: "reply"; readonly id: number; readonly ok: false; readonly error: string };

export interface ResultFrame {
  readonly t: "result";
  /** JSON text of `ResultBody`. */
  readonly body: string;
  readonly sig: string;
}

export interface ResultBody {
  readonly cmd: string;
  readonly outcome: "succeeded" | "failed" | "refused" | "unknown";
  readonly detail: string;
  readonly exit?: number;
  /** What a named command printed, cut at `AGENT_LIMITS.outputBytesMax`. */
  readonly output?: string;
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface RotateFrame {
  readonly t: "rotate";
  readonly newPub: string;
  readonly sigOld: string;
  readonly sigNew: string;
}

export type AgentFrame =
  | BeginFrame
  | EnrollFrame
  | AuthFrame
  | BatchFrame
  | FactsFrame
  | PolicyFrame
  | ReplyFrame
  | ResultFrame
  | RotateFrame
  | ServicesFrame
  | ItemsFrame
  | EndFrame;

// ---- hub to agent

export interface HelloFrame {
  readonly t: "hello";
  /** JSON text of `HelloBody`. */
  readonly body: string;
  readonly sig: string;
}

export interface HelloBody {
  readonly version: number;
  /** JSON text of `HubCertificate`. */
  readonly hubCert: string;
  readonly hubNonce: string;
  /** SHA-256 of the SPKI of TLS keys that this hub serves with, hex. */
  readonly tlsPins: readonly string[];
  /** The oldest agent program this hub works with. */
  readonly minAgent: string;
  /** SHA-256 of hub public keys that are revoked, hex. */
  readonly revokedHubs: readonly string[];
  /** True when the hub made this connection, absent when the agent did. */
  readonly dialled?: boolean;
}

export interface HubCertificate {
  readonly rootPub: string;
  readonly hubPub: string;
  readonly hubId: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly sig: string;
}

export interface SignedFrame<T extends string> {
  readonly t: T;
  readonly body: string;
  readonly sig: string;
}

/** Body: JSON text of `WelcomeBody`. */
export type WelcomeFrame = SignedFrame<"welcome">;

export interface WelcomeBody {
  readonly agentId: string;
  readonly serverId: string;
  readonly state: "active" | "pending";
  readonly epoch: number;
  readonly auditHead: string;
}

/** Body: JSON text of `ReadyBody`. */
export type ReadyFrame = SignedFrame<"ready">;

export interface ReadyBody {
  readonly sessionId: string;
  readonly state: "active" | "pending" | "quarantined";
  /** The hub's wall clock, epoch ms. */
  readonly now: number;
  readonly epoch: number;
  readonly auditHead: string;
  readonly intervalMs: number;
  /** Where the hub sees this agent come from; an agent tells it on as its own only where its owner allows that. */
  readonly address?: string;
  /** Which of the agent's sequence numbers the hub holds, as [first, last] pairs. */
  readonly received: readonly (readonly [number, number])[];
}

export interface AckFrame {
  readonly t: "ack";
  /** Durable now, as [first, last] pairs. */
  readonly seqs: readonly (readonly [number, number])[];
  readonly now: number;
}

/** The hub cannot store now: keep everything, send nothing for this long. */
export interface HoldFrame {
  readonly t: "hold";
  readonly forMs: number;
}

export interface CallFrame {
  readonly t: "call";
  readonly id: number;
  readonly name: CallName;
  readonly params: unknown;
}

/** Calls only read or tune the telemetry; an effect is always a command. */
export interface Calls {
  readonly "processes.list": {
    readonly params: { readonly limit: number };
    readonly result: { readonly at: number; readonly total: number; readonly processes: readonly WireProcess[] };
  };
  /** How often to report from now on; the same as `ready.intervalMs` at a connection. */
  readonly interval: {
    readonly params: { readonly intervalMs: number };
    readonly result: { readonly intervalMs: number };
  };
  /** Lines of the ledger after a number, oldest first. */
  readonly "ledger.read": {
    readonly params: { readonly afterSeq: number; readonly limit: number };
    readonly result: { readonly ledgerId: string; readonly entries: readonly LedgerEntry[] };
  };
  /** What the server itself starts; values of secrets are not in it. */
  readonly "definitions.list": {
    readonly params: Record<string, never>;
    readonly result: {
      readonly definitions: readonly { readonly definition: ServiceDefinition; readonly from: "file" | "hub" }[];
      /** What is wrong in files that are not used. */
      readonly problems: readonly string[];
    };
  };
  /** Services are read every second or two until the lease ends. */
  readonly "services.focus": { readonly params: { readonly forMs: number }; readonly result: Record<string, never> };
  /** One reading a second until the lease ends. */
  readonly focus: { readonly params: { readonly forMs: number }; readonly result: { readonly intervalMs: number } };
}
export type CallName = keyof Calls;

/** What is read piece by piece, with credit: the agent sends no more items than it was given leave for. */
export interface Streams {
  readonly "logs.read": { readonly params: LogQuery; readonly item: LogStreamItem };
  /** A connection from the server to one of its neighbours; the hub says its part by `data`. */
  readonly tunnel: { readonly params: { readonly host: string; readonly port: number }; readonly item: TunnelItem };
  /** A program that the server's policy names for probes. The name is all that the hub says of it. */
  readonly "probe.exec": { readonly params: { readonly name: string }; readonly item: ProgramItem };
  /** The system's own `ping`, at a host that the server's policy names for it; so many packets, a second apart. */
  readonly "probe.ping": {
    readonly params: { readonly host: string; readonly packets: number };
    readonly item: ProgramItem;
  };
}
/** First that the policy lets it run, then how it ended. */
export type ProgramItem = { readonly started: true } | ProgramEnd;
/** `failed`: there is no connection, by a name of the egress client's list. `data`: base64 of what came. */
export type TunnelItem = { readonly connected: true } | { readonly failed: string } | { readonly data: string };
export type StreamName = keyof Streams;

export interface OpenFrame {
  readonly t: "open";
  /** Of this session; calls and streams share no numbers. */
  readonly id: number;
  readonly name: StreamName;
  readonly params: unknown;
  readonly credit: number;
}

export interface CreditFrame {
  readonly t: "credit";
  readonly id: number;
  readonly items: number;
}

/** What the hub says on a tunnel, base64; dropped where none is open under this number. */
export interface DataFrame {
  readonly t: "data";
  readonly id: number;
  readonly data: string;
}

export interface CloseFrame {
  readonly t: "close";
  readonly id: number;
}

export interface WireProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly name: string;
  /** Arguments joined by spaces, for display only, cut at 512 characters; empty for kernel threads. */
  readonly commandLine: string;
  readonly user: string;
  readonly state: string;
  /** Of one core, since the last reading; null on the first. */
  readonly cpuRatio: number | null;
  readonly residentBytes: number | null;
  readonly threads: number | null;
  /** Epoch ms. */
  readonly startedAt: number;
  /** In the kernel's ticks since boot: with the pid it names this process and no later one. */
  readonly startTicks: number;
}

export interface CommandFrame {
  readonly t: "cmd";
  /** JSON text of `CommandCore`: never changes for one command. */
  readonly c: string;
  /** JSON text of `CommandDelivery`: made for each sending. */
  readonly d: string;
  readonly sig: string;
}

export interface CommandCore {
  readonly v: 1;
  readonly cmd: string;
  readonly agent: string;
  readonly action: ActionName;
  readonly args: ActionArgs;
  readonly actor: { readonly id: string; readonly name: string; readonly role: string; readonly door: string };
  readonly reason: string;
  readonly notAfter: number;
}

export interface CommandDelivery {
  readonly session: string;
  readonly epoch: number;
  readonly seq: number;
  readonly iat: number;
  readonly exp: number;
  readonly audit: { readonly seq: number; readonly hash: string };
}

/** A signed statement of where the audit chain stands; the agent keeps the newest. */
export interface CheckpointFrame {
  readonly t: "checkpoint";
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
  readonly time: number;
  readonly sig: string;
}

/** The hub has a result's outcome in its log: the agent need not send it again. */
export interface ResultAckFrame {
  readonly t: "result-ack";
  readonly cmd: string;
}

/** Why the hub closes; sent before the close code. The same text for every kind of wrong proof. */
export interface RefusedFrame {
  readonly t: "refused";
  readonly code: string;
  readonly message: string;
}

/** The other side knows no such frame or call; late and unknown answers are dropped and counted. */
export interface UnsupportedFrame {
  readonly t: "unsupported";
  readonly what: string;
}

export type HubFrame =
  | HelloFrame
  | WelcomeFrame
  | ReadyFrame
  | AckFrame
  | HoldFrame
  | CallFrame
  | CommandFrame
  | CheckpointFrame
  | ResultAckFrame
  | RefusedFrame
  | UnsupportedFrame
  | OpenFrame
  | CreditFrame
  | DataFrame
  | CloseFrame;
