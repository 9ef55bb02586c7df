import {
  ACTIONS,
  ALL_RIGHTS,
  CONTAINER_VERBS,
  DEPLOY_ACTIONS,
  DEPLOY_STEPS,
  DRIVER_NAMES,
  HEALTHS,
  isAllowedSeriesName,
  isServerName,
  LEDGER_EVENTS,
  LINK_KINDS,
  LINK_STATES,
  PULL_KIND_NAMES,
  REPLACEMENT_STEPS,
  ROLES,
  RUN_STATES,
  SERVER_NAME_RULE,
  SERVER_TAG,
  SERVER_TAG_RULE,
  SERVER_TAGS_MAX,
  SERVICE_VERBS,
  STEP_FUNCTIONS,
} from "@muster/core";
import type { ActionName, DeployStep, Right } from "@muster/core";
import { z } from "zod";
import { isDialAddress, isPullAddress } from "./link-addresses.ts";
import { factsSchema } from "../agent/facts.ts";

/** The things the API speaks of. Requests are strict: an unknown field is an error that names it. */

export const id = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, "must be an id");
export const instant = z.int().describe("epoch milliseconds, UTC");
export const role = z.enum(ROLES);
export const right = z.enum(ALL_RIGHTS as readonly [Right, ...Right[]]);
export const actionName = z.enum(Object.keys(ACTIONS) as [ActionName, ...ActionName[]]);
export const userName = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/,
    "must be 1 to 64 of a-z, 0-9, dot, dash, underscore, in lower case",
  );
export const password = z.string().min(12, "must have at least 12 characters").max(256);
export const serverName = z.string().refine(isServerName, SERVER_NAME_RULE);
export const tag = z.string().regex(SERVER_TAG, SERVER_TAG_RULE);
const nullableNumber = z.number().nullable();

export const presenceState = z.enum(["pending", "online", "stale", "offline"]);

/** The newest readings of a server, made ready for a table row; `null` where the server does not say. */
export const serverSummary = z.object({
  at: instant.nullable(),
  cpuBusyRatio: nullableNumber,
  memoryUsedRatio: nullableNumber,
  memoryUsedBytes: nullableNumber,
  memoryTotalBytes: nullableNumber,
  worstDisk: z.object({ mount: z.string(), usedRatio: z.number() }).nullable(),
  load1: nullableNumber,
  networkReceiveBytesPerSecond: nullableNumber,
  networkTransmitBytesPerSecond: nullableNumber,
  temperatureCelsius: nullableNumber,
  uptimeSeconds: nullableNumber,
});
export type ServerSummary = z.infer<typeof serverSummary>;

export const namedCommand = z.object({
  name: z.string(),
  args: z.array(
    z.union([
      z.object({ name: z.string(), type: z.literal("int"), min: z.int(), max: z.int() }),
      z.object({ name: z.string(), type: z.literal("choice"), values: z.array(z.string()) }),
    ]),
  ),
});

export const server = z.object({
  id,
  name: z.string(),
  tags: z.array(z.string()),
  notes: z.string(),
  link: z.enum(LINK_KINDS),
  /** How the hub's own way to it is, for `ssh`, `pull` and agents that are dialled; null for those that come by themselves. */
  linkState: z
    .object({
      is: z.enum(LINK_STATES),
      since: instant,
      /** Why it does not work, in one sentence; empty when it does. */
      detail: z.string(),
      roundTripMs: nullableNumber,
      triedAt: instant.nullable(),
    })
    .nullable(),
  /** Whether the hub has settings by which it reaches it by SSH, also where an agent reports by itself. */
  hasSshLink: z.boolean(),
  /** pending: waits for an administrator; quarantined: two machines used its key; revoked: may not come back. */
  state: z.enum(["active", "pending", "quarantined", "revoked"]),
  presence: z.object({ is: presenceState, since: instant }),
  intervalMs: z.int(),
  createdAt: instant,
  agentVersion: z.string().nullable(),
  address: z.string().nullable(),
  /** Six words that the agent shows too, for comparing by eye. */
  fingerprint: z.string().nullable(),
  /** The server's clock minus the hub's. */
  clockOffsetMs: nullableNumber,
  /** Samples that the agent had to drop because its spool was full. */
  droppedSamples: z.int(),
  /**
   * Series it sent since it connected that are not stored: names that cannot be, or beyond the server's limit. Counted up
   * to 20,000.
   */
  refusedSeries: z.int(),
  policy: z
    .object({
      state: z.enum(["monitor-only", "file", "broken"]),
      why: z.string(),
      entries: z.array(z.string()),
      /** Named commands that `exec.run` may run there. */
      commands: z.array(namedCommand).optional(),
      /** Actions on the server itself that some entry allows. */
      actions: z.array(actionName).optional(),
      /** Files whose log may be read. */
      files: z.array(z.string()).optional(),
    })
    .nullable(),
  facts: factsSchema.nullable(),
  /** How many services it told of, and how many of them run, have failed, and do not well. */
  services: z.object({ total: z.int(), running: z.int(), failed: z.int(), unhealthy: z.int() }),
  /** Of the probes that are about it and not paused, how many do badly. */
  probes: z.object({ total: z.int(), degraded: z.int(), unhealthy: z.int() }),
  summary: serverSummary,
});
export type Server = z.infer<typeof server>;

const hostText = z.string().min(1).max(253);
const port = z.int().min(1).max(65_535);

/** How an agentless server is reached. */
const sshLink = z.strictObject({
  kind: z.literal("ssh"),
  host: hostText,
  port: port.optional().describe("22 by default"),
  user: z.string().min(1).max(64),
  authentication: z.enum(["key", "password", "agent"]).describe("agent: the SSH agent of the hub's own user"),
  /** Which of the hub's keys, with `authentication: "key"`. */
  keyId: id.nullable().optional(),
  /** Another server with a link by SSH through which it is reached. */
  via: id.nullable().optional(),
  /** Whether commands go through `sudo -n`. */
  sudo: z.boolean().optional(),
  /** What the hub may do there, in the language of policies; the server's own file stands before it. */
  policy: z
    .string()
    .max(64 * 1024)
    .optional(),
});

/** How an appliance or another monitoring agent is polled. */
const pullLink = z.strictObject({
  kind: z.literal("pull"),
  adapter: z.enum(PULL_KIND_NAMES),
  url: z
    .url({ protocol: /^https?$/, error: "must be an address such as http://10.0.0.5:9100", abort: true })
    .max(2_000)
    .refine(isPullAddress, "must have a host, and no user name or password; those belong in `secret`"),
  timeoutMs: z.int().min(500).max(60_000).optional(),
  /** Names of foreign series that are kept as custom metrics. */
  allow: z
    .array(
      z
        .string()
        .max(200)
        .refine(isAllowedSeriesName, "must be the name of a series, or the beginning of names with * after it"),
    )
    .max(200)
    .optional(),
  /** Names for channels by their number, where the appliance has none. */
  channelNames: z.record(z.string().regex(/^[1-9]\d{0,3}$/), z.string().min(1).max(64)).optional(),
});

const pushLink = z.strictObject({ kind: z.literal("push") });

/** Where an agent waits to be dialled; one that comes by itself has no such settings. */
const agentLink = z.strictObject({
  kind: z.literal("agent"),
  dial: z
    .url({ protocol: /^wss?$/ })
    .max(300)
    .refine(isDialAddress, "must be ws://HOST:PORT or wss://HOST:PORT, without user, path and query"),
});

/** How the hub comes to a server; the secret goes beside it and never comes back. */
export const linkSettings = z.discriminatedUnion("kind", [agentLink, sshLink, pullLink, pushLink]);
export type LinkSettings = z.infer<typeof linkSettings>;
export type SshLinkSettings = z.infer<typeof sshLink>;
export type PullLinkSettings = z.infer<typeof pullLink>;

/** A password or token for the other side. */
export const linkSecret = z.string().min(1).max(4_096);

export const hostKey = z.object({ type: z.string(), fingerprint: z.string() });

export const link = z.object({
  settings: linkSettings,
  hasSecret: z.boolean(),
  /** SSH: the key that this server must show. */
  hostKey: hostKey.nullable(),
  /** SSH: the key that it showed instead, or at first, and that waits for approval. */
  shownHostKey: hostKey.nullable(),
});
export type LinkView = z.infer<typeof link>;

/** One step on the way to a server, in order; after the first that fails there are no more. */
export const linkTestStep = z.object({ step: z.string(), ok: z.boolean(), detail: z.string() });
export const linkTest = z.object({
  ok: z.boolean(),
  steps: z.array(linkTestStep),
  /** SSH: what it showed, also when it is not approved yet. */
  hostKey: hostKey.nullable(),
  /** Pull: what answered, when it was found out. */
  adapter: z.enum(PULL_KIND_NAMES).nullable(),
});
export type LinkTest = z.infer<typeof linkTest>;

export const deployAction = z.enum(DEPLOY_ACTIONS);

/** Something that is done to the agent of a server over SSH, step by step. */
export const deployment = z.object({
  id,
  serverId: id,
  server: z.string(),
  action: deployAction,
  actor: z.string(),
  /** `undoing`: a step failed, and what was done before it is being undone. */
  state: z.enum(["waiting", "running", "undoing", "succeeded", "failed"]),
  askedAt: instant,
  endedAt: instant.nullable(),
  steps: z.array(
    z.object({
      step: z.enum(DEPLOY_STEPS as readonly [DeployStep, ...DeployStep[]]),
      state: z.enum(["waiting", "running", "done", "skipped", "failed"]),
      /** What was found, how far it is, or what is wrong and what to do. */
      detail: z.string(),
      startedAt: instant.nullable(),
      endedAt: instant.nullable(),
    }),
  ),
  /** After a failure: whether all is as it was, or what is left. */
  aftermath: z.string(),
  /** Grows with each change. */
  revision: z.int(),
});
export type DeploymentView = z.infer<typeof deployment>;

export const sshKey = z.object({
  id,
  name: z.string(),
  type: z.string(),
  /** The line for `authorized_keys`. */
  publicKey: z.string(),
  fingerprint: z.string(),
  createdAt: instant,
  createdBy: z.string(),
  usedBy: z.array(z.object({ serverId: id, name: z.string() })),
});
export type SshKeyView = z.infer<typeof sshKey>;

/** A key of the hub that takes another one's place on servers, each of which is switched only where it was let in. */
export const keyReplacement = z.object({
  id,
  oldKey: z.object({ id, name: z.string() }),
  /** `publicKey` is the line for servers that refuse it. */
  newKey: z.object({ id, name: z.string(), publicKey: z.string() }),
  install: z.boolean(),
  remove: z.boolean(),
  actor: z.string(),
  askedAt: instant,
  /** When the last server was done; null while it goes on. */
  endedAt: instant.nullable(),
  servers: z.array(
    z.object({
      serverId: id,
      server: z.string(),
      state: z.enum(["waiting", "running", "succeeded", "failed"]),
      /** By which key it is reached now. */
      uses: z.enum(["old", "new"]),
      /** From when each begins. */
      steps: z.array(
        z.object({
          step: z.enum(REPLACEMENT_STEPS),
          state: z.enum(["running", "done", "skipped", "failed"]),
          /** What was found, or what is wrong and what to do. */
          detail: z.string(),
          startedAt: instant,
          endedAt: instant.nullable(),
        }),
      ),
    }),
  ),
  /** Grows with each change. */
  revision: z.int(),
});
export type KeyReplacementView = z.infer<typeof keyReplacement>;

export const serverPatch = z.strictObject({
  name: serverName.optional(),
  tags: z.array(tag).max(SERVER_TAGS_MAX).optional(),
  notes: z.string().max(10_000).optional(),
  intervalMs: z.int().min(1_000).max(600_000).optional(),
  /** `active` accepts a pending server; `revoked` shuts its agent out within a second. */
  state: z.enum(["active", "revoked"]).optional(),
});

export const user = z.object({
  id,
  name: z.string(),
  role,
  enabled: z.boolean(),
  createdAt: instant,
  lastLoginAt: instant.nullable(),
});
export type User = z.infer<typeof user>;

export const me = z.object({
  user: z.object({ id, name: z.string(), role }),
  /** Goes into the header `x-muster-csrf` of every request that changes something, and into the live socket's first message. */
  csrfToken: z.string().nullable(),
  rights: z.array(right),
  provedAt: instant.nullable(),
  hub: z.object({ version: z.string(), now: instant, warnings: z.array(z.string()) }),
});
export type Me = z.infer<typeof me>;

export const apiToken = z.object({
  id,
  name: z.string(),
  owner: z.string(),
  scopes: z.array(right),
  createdAt: instant,
  expiresAt: instant.nullable(),
  lastUsedAt: instant.nullable(),
});
export type ApiToken = z.infer<typeof apiToken>;

export const joinToken = z.object({
  id: z.string(),
  /** The name that the one server which uses it gets; null: the server brings its own and waits for approval. */
  name: z.string().nullable(),
  tags: z.array(z.string()),
  usesLeft: z.int(),
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant,
  joined: z.array(z.object({ serverId: id, name: z.string(), at: instant })),
});
export type JoinTokenView = z.infer<typeof joinToken>;

export const process = z.object({
  pid: z.int(),
  ppid: z.int(),
  name: z.string(),
  commandLine: z.string(),
  user: z.string(),
  state: z.string(),
  cpuRatio: nullableNumber,
  residentBytes: nullableNumber,
  threads: nullableNumber,
  startedAt: z.number(),
  /** In ticks since the boot: `process.kill` asks for it, so that no later process with the same number is meant. */
  startTicks: z.int(),
});
export type ProcessView = z.infer<typeof process>;

export const processes = z.object({ at: instant, total: z.int(), processes: z.array(process) });

export const catalogMetric = z.object({
  name: z.string(),
  kind: z.enum(["gauge", "counter"]),
  unit: z.string(),
  group: z.string(),
  meaning: z.string(),
  labels: z.array(z.string()),
});

export const queryLine = z.object({
  metric: z.string(),
  /** How the samples of a step became a point. */
  function: z.enum(STEP_FUNCTIONS),
  /** Of a single series, or of the server (or probe, where probes are asked for) whose series were combined; null otherwise. */
  serverId: id.nullable(),
  /** The tag whose servers were combined ("" for those without a tag), or null. */
  tag: z.string().nullable(),
  /** Of a single series; empty for combined ones. */
  labels: z.record(z.string(), z.string()),
  /** How many series are in it. */
  seriesCount: z.int(),
  /** Point i covers [from + i·stepMs, from + (i+1)·stepMs); null is a gap. */
  values: z.array(nullableNumber),
  /** Where bands were asked for: the least and the greatest sample of each step. */
  min: z.array(nullableNumber).optional(),
  max: z.array(nullableNumber).optional(),
  /** Null when all points were made of samples; otherwise the longest roll-ups that were used. */
  resolutionMs: z.int().nullable(),
});
export type QueryLineView = z.infer<typeof queryLine>;

export const queryAnswer = z.object({
  from: instant,
  to: instant,
  stepMs: z.int(),
  series: z.array(queryLine),
});
export type QueryAnswer = z.infer<typeof queryAnswer>;

/** One sample or one point; a line of CSV or NDJSON has the same fields. */
export const exportRow = z.object({
  /** ISO 8601, UTC. */
  time: z.iso.datetime({ precision: 3 }),
  timeMs: instant,
  /** Null is a gap, of points only. */
  value: nullableNumber,
  /** Null where series of several servers were combined. */
  serverId: id.nullable(),
  server: z.string().nullable(),
  metric: z.string(),
  labels: z.record(z.string(), z.string()),
  /** Of points only: how they were made, of the servers with which tag, and of how many series. */
  function: z.enum(STEP_FUNCTIONS).optional(),
  tag: z.string().nullable().optional(),
  seriesCount: z.int().optional(),
});

export const exportAnswer = z.object({
  from: instant,
  to: instant,
  /** Null: the samples themselves. */
  stepMs: z.int().nullable(),
  /** By server and time, or by line; rows of one series ascend. */
  rows: z.array(exportRow),
});

const keptDays = z.int().min(1).max(36_500);

/** How long each resolution is kept. Coarser ones are kept at least as long as finer ones. */
export const retention = z.strictObject({
  samplesDays: keptDays,
  minutesDays: keptDays,
  hoursDays: keptDays,
  /** What the metric file may take; null: no bound. */
  bytesMax: z
    .int()
    .min(64 * 1024 * 1024)
    .max(Number.MAX_SAFE_INTEGER)
    .nullable(),
});
export type RetentionSettings = z.infer<typeof retention>;

export const storage = z.object({
  state: z.enum(["working", "full", "failed"]),
  /** What the metric files take on the disk, and how much is free there; null where the system does not say. */
  bytes: z.int(),
  freeBytes: z.int().nullable(),
  seriesCount: z.int(),
  sampleCount: z.int(),
  refusedSeriesCount: z.int(),
  resolutions: z.array(
    z.object({
      /** 0 for samples. */
      resolutionMs: z.int(),
      bytes: z.int(),
      /** Samples, or buckets. */
      count: z.int(),
      /** The beginning of the oldest day that has any; null when there is none. */
      since: instant.nullable(),
    }),
  ),
  /** What the days wrote, by resolution, the newest 90 of them, ascending. */
  days: z.array(z.object({ day: instant, resolutionMs: z.int(), bytes: z.int(), count: z.int() })),
  forecast: z.object({
    /** What a day of now costs while its samples are kept; null until a whole day was stored. */
    bytesPerDay: nullableNumber,
    samplesPerDay: nullableNumber,
    /** What the file will take when every resolution has reached its age. */
    bytesWhenFull: nullableNumber,
    /** How many days until the budget, or the free space of the disk, is used up; null: never, or not known yet. */
    daysLeft: nullableNumber,
    /** What is used up first. */
    bound: z.enum(["budget", "disk"]).nullable(),
  }),
});
export type StorageView = z.infer<typeof storage>;

export const auditRow = z.object({
  seq: z.int(),
  time: instant,
  actor: z.string(),
  door: z.string(),
  action: z.string(),
  target: z.string(),
  args: z.record(z.string(), z.unknown()),
  decision: z.enum(["allowed", "refused", "succeeded", "failed", "unknown"]),
  reason: z.string(),
  cmd: z.string().nullable(),
  hash: z.string(),
});
export type AuditRow = z.infer<typeof auditRow>;

export const outcome = z.object({
  cmd: z.string(),
  outcome: z.enum(["succeeded", "failed", "refused", "unknown"]),
  detail: z.string(),
  tookMs: z.int(),
  auditSeq: z.int(),
});
export type OutcomeView = z.infer<typeof outcome>;

export const driverName = z.enum(DRIVER_NAMES);
export const runState = z.enum(RUN_STATES);
export const health = z.enum(HEALTHS);
export const verb = z.enum([...SERVICE_VERBS, ...CONTAINER_VERBS]);
const exit = z.object({ code: z.int().nullable(), signal: z.string().nullable(), detail: z.string() });

/** One service of one server as it was last told. */
export const service = z.object({
  id,
  serverId: id,
  server: z.string(),
  driver: driverName,
  name: z.string(),
  description: z.string(),
  state: runState,
  rawState: z.string(),
  since: instant.nullable(),
  /** The worst of its own and of those of the active probes about it; the detail names such a probe. */
  health,
  healthDetail: z.string(),
  run: z.string().nullable(),
  pid: z.int().nullable(),
  restarts: z.int().nullable(),
  lastExit: exit.nullable(),
  enabled: z.string().nullable(),
  restartPolicy: z.string().nullable(),
  ports: z.array(z.int()),
  urls: z.array(z.string()),
  kind: z.string(),
  group: z.string(),
  /** Names of services of its server and driver that it needs, as its supervisor says; see the graph for all. */
  needs: z.array(z.string()).exactOptional(),
  /** What others of its group call it in their `needs`. */
  alias: z.string().exactOptional(),
  verbs: z.array(verb),
  granted: z.array(verb),
  isLogGranted: z.boolean(),
  defined: z.enum(["file", "hub"]).nullable(),
  cpuSeconds: nullableNumber,
  /** Of one core, between the newest two readings. */
  cpuRatio: nullableNumber,
  memoryBytes: nullableNumber,
  /** What a channel sends now, by the newest reading of its run; null while that is not known. Other drivers have none. */
  framesPerSecond: nullableNumber.optional(),
  /** As `framesPerSecond`; eight times this is the bit rate. */
  bytesPerSecond: nullableNumber.optional(),
  tasks: z.int().nullable(),
  nextAt: instant.nullable(),
  /** When the server told this. */
  at: instant,
  /** False while the server is not connected: then the state is the last known one, and its own health is `unknown`. */
  isCurrent: z.boolean(),
});
export type Service = z.infer<typeof service>;

export const ledgerEntry = z.object({
  seq: z.int(),
  at: instant,
  event: z.enum(LEDGER_EVENTS),
  from: runState.nullable(),
  to: runState.nullable(),
  cause: z.string(),
  cmd: z.string().nullable(),
});
export type LedgerEntryView = z.infer<typeof ledgerEntry>;

export const logItem = z.union([
  z.object({
    at: instant.nullable(),
    cursor: z.string(),
    level: z.int().nullable(),
    text: z.string(),
    stream: z.enum(["stdout", "stderr"]).nullable(),
    /** Which of the asked sources: the index in the order in which they were asked. */
    source: z.int(),
  }),
  z.object({ gap: z.object({ dropped: z.int().nullable(), why: z.string() }), source: z.int() }),
]);
export type LogItemView = z.infer<typeof logItem>;

/** One effect asked for, and what came of it. */
export const action = z.object({
  /** Also the command's id on the wire and in the audit log. */
  id,
  /** What was asked together. */
  batchId: id,
  serverId: id,
  server: z.string(),
  serviceId: id.nullable(),
  action: actionName,
  /** Without secrets. */
  args: z.record(z.string(), z.union([z.string(), z.int()])),
  actor: z.string(),
  door: z.string(),
  reason: z.string(),
  /** asked: written down, not sent; sent: the server has it or may have it; ended: `outcome` says how. */
  state: z.enum(["asked", "sent", "ended"]),
  outcome: z.enum(["succeeded", "failed", "refused", "unknown"]).nullable(),
  detail: z.string(),
  exit: z.int().nullable(),
  output: z.string().nullable(),
  askedAt: instant,
  sentAt: instant.nullable(),
  endedAt: instant.nullable(),
  auditSeq: z.int(),
});
export type ActionView = z.infer<typeof action>;

const ids = z.array(id).min(1).max(1_000);
/** Which services or servers; every condition given must hold. "All" is never meant by leaving something out. */
export const actionTargets = z
  .strictObject({
    services: ids.optional().describe("services by id"),
    servers: ids
      .optional()
      .describe("servers by id: for actions on a server itself, or with other conditions those on them"),
    tag: tag.optional(),
    driver: driverName.optional(),
    kind: z.string().min(1).max(64).optional(),
    name: z.string().min(1).max(256).optional(),
  })
  .refine((targets) => Object.keys(targets).length > 0, "must name something");

export const definitionView = z.object({
  definition: z.record(z.string(), z.unknown()),
  from: z.enum(["file", "hub"]),
});
export type DefinitionView = z.infer<typeof definitionView>;

export const portConflict = z.object({
  serverId: id,
  server: z.string(),
  port: z.int(),
  services: z.array(z.object({ id, name: z.string(), driver: driverName })),
});

export const errorBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    fields: z.record(z.string(), z.string()).optional(),
    requestId: z.string(),
  }),
});
