// Who may import whom (ARCHITECTURE.md), as tables: place, what it may import, why. Types obey the same rules, because a
// type is a dependency of thought. `check-imports.mjs` reads them.

/**
 * A package or folder of the workspace. `may` names packages: `@muster/x`, a package from npm, `node:*` for all of
 * Node, `npm:*` for whatever its package.json lists. Its own files are always allowed.
 * @typedef {{ folder: string, may: readonly string[], why: string }} PackageRule
 */

/** @type {readonly PackageRule[]} */
export const PACKAGE_RULES = [
  {
    folder: "packages/core",
    may: [],
    why: "it runs in a browser and is replayed exactly: no I/O, no clock, no packages",
  },
  { folder: "packages/protocol", may: ["@muster/core", "zod"], why: "the web reads it, so nothing of Node" },
  {
    folder: "packages/host",
    may: ["@muster/core", "@muster/protocol"],
    why: "all goes through the port Host, or what runs over SSH would read and act on the hub's own machine; shapes of the wire are shared",
  },
  {
    folder: "packages/node-kit",
    may: ["@muster/core", "node:*"],
    why: "plumbing that knows the product cannot be moved",
  },
  {
    folder: "packages/hub",
    may: ["@muster/core", "@muster/protocol", "@muster/host", "@muster/node-kit", "node:*", "npm:*"],
    why: "hub and agent meet in protocol only",
  },
  {
    folder: "packages/agent",
    may: ["@muster/core", "@muster/protocol", "@muster/host", "@muster/node-kit", "node:*", "ws", "yaml"],
    why: "each package costs memory on every server, and hub and agent meet in protocol only",
  },
  {
    folder: "packages/cli",
    may: [
      "@muster/core",
      "@muster/protocol",
      "@muster/host",
      "@muster/node-kit",
      "@muster/hub",
      "@muster/agent",
      "node:*",
      "npm:*",
    ],
    why: "it is a client of the hub's API",
  },
  {
    folder: "packages/web",
    may: ["@muster/core", "@muster/protocol", "npm:*"],
    why: "it runs in a browser and knows the hub by protocol only",
  },
  {
    folder: "packages/testkit",
    may: ["@muster/core", "@muster/protocol", "@muster/host", "@muster/node-kit", "node:*", "npm:*"],
    why: "tests of every package import it, so it may not know hub, agent, cli or web",
  },
  {
    folder: "e2e",
    may: ["@muster/*", "node:*", "npm:*"],
    why: "whole programs are tested from outside, by public entries",
  },
  { folder: "bench", may: ["@muster/*", "node:*", "npm:*"], why: "measures by public entries" },
  {
    folder: "scripts",
    may: ["node:*", "npm:*"],
    why: "builds and checks must not depend on what they build and check",
  },
];

/** What every test may import besides; none of it may be imported by anything else. */
export const TEST_ONLY = ["@muster/testkit", "vitest", "fast-check", "playwright-core", "@axe-core/playwright"];
/** Places that are tests from end to end. */
export const TEST_FOLDERS = ["packages/testkit", "e2e", "bench"];

/**
 * A folder inside a package, or one file that may more than its folder. `may` names folders or files beside it, and `@muster/x` packages besides core; npm and
 * Node are the package's own affair. Every folder of a package listed here needs a rule, so a new one gets a thought.
 * @typedef {{ folder: string, may: readonly string[], why: string }} FolderRule
 */

/** @type {readonly FolderRule[]} */
export const FOLDER_RULES = [
  // The hub, from the ground up.
  {
    folder: "packages/hub/src/config",
    may: ["@muster/protocol"],
    why: "settings are read before anything is built; what an API field may hold is said once, in protocol",
  },
  {
    folder: "packages/hub/src/keys",
    may: ["@muster/node-kit", "@muster/protocol"],
    why: "it keeps keys; it starts nothing",
  },
  {
    folder: "packages/hub/src/state",
    may: ["@muster/node-kit"],
    why: "no feature, or every feature would hang together",
  },
  {
    folder: "packages/hub/src/access",
    may: ["state", "@muster/node-kit", "@muster/protocol"],
    why: "it keeps and answers; it starts nothing",
  },
  {
    folder: "packages/hub/src/fleet",
    may: ["state", "@muster/node-kit", "@muster/protocol"],
    why: "it keeps and answers; it starts nothing",
  },
  {
    folder: "packages/hub/src/metrics",
    may: ["@muster/node-kit"],
    why: "it has its own file and must be replaceable by another engine",
  },
  {
    folder: "packages/hub/src/metrics/ingest.ts",
    may: ["fleet", "@muster/protocol"],
    why: "it joins links to the store and the registry, and knows nothing of rules or routes",
  },
  {
    folder: "packages/hub/src/metrics/restore-newest.ts",
    may: ["fleet"],
    why: "it joins the store to the registry after a start",
  },
  {
    folder: "packages/hub/src/links",
    may: [
      "access/audit-log.ts",
      "fleet",
      "keys",
      "metrics/ingest.ts",
      "metrics/metric-store.ts",
      "metrics/sample-intake.ts",
      "@muster/host",
      "@muster/node-kit",
      "@muster/protocol",
    ],
    why: "a link carries: who may ask is decided above it, and it knows nothing of HTTP or users",
  },
  {
    folder: "packages/hub/src/links/station",
    may: [
      "fleet",
      "links/links.ts",
      "links/stream-error.ts",
      "state",
      "@muster/host",
      "@muster/node-kit",
      "@muster/protocol",
    ],
    why: "it does on servers without an agent what an agent does, and keeps its journal as an agent does",
  },
  {
    folder: "packages/hub/src/commands",
    may: ["access", "fleet", "links/links.ts", "state", "@muster/node-kit", "@muster/protocol"],
    why: "the only way to an effect: it knows links by their interface, and nothing of who asks by which door",
  },
  {
    folder: "packages/hub/src/rollouts",
    may: ["access/audit-log.ts", "commands", "fleet", "state", "@muster/node-kit", "@muster/protocol"],
    why: "a rollout is done over the same bus, with the rights of who asked",
  },
  {
    folder: "packages/hub/src/tasks",
    may: [
      "access/access-events.ts",
      "commands",
      "fleet",
      "notify/notifier-desk.ts",
      "probes/probe-desk.ts",
      "state",
      "@muster/node-kit",
      "@muster/protocol",
    ],
    why: "a task is one more actor on the bus: it asks for what people ask for, and knows no route",
  },
  {
    folder: "packages/hub/src/telegram",
    may: [
      "access/access-events.ts",
      "access/throttle.ts",
      "alerts",
      "commands/command-bus.ts",
      "fleet",
      "logs",
      "metrics/metric-store.ts",
      "notify",
      "state",
      "@muster/node-kit",
      "@muster/protocol",
    ],
    why: "a bot is one more door: it asks for what the routes ask for, and knows nothing of HTTP",
  },
  {
    folder: "packages/hub/src/logs",
    may: ["access", "commands/command-bus.ts", "fleet", "links/links.ts", "@muster/protocol"],
    why: "it opens logs for whoever may read them, and knows nothing of the door by which they ask",
  },
  {
    folder: "packages/hub/src/deploy",
    may: [
      "access/audit-log.ts",
      "commands/command-bus.ts",
      "commands/progress-board.ts",
      "commands/server-claims.ts",
      "fleet",
      "links/links.ts",
      "links/ssh",
      "version.ts",
      "@muster/host",
      "@muster/node-kit",
      "@muster/protocol",
    ],
    why: "it puts the agent on a server by the server's own link over SSH; who may ask is decided by the bus above it",
  },
  {
    folder: "packages/hub/src/probes",
    may: [
      "fleet",
      "metrics/ingest.ts",
      "metrics/sample-intake.ts",
      "state",
      "@muster/host",
      "@muster/node-kit",
      "@muster/protocol",
    ],
    why: "it looks and says what it saw: no users, no routes, no rules, and by which way it goes out it is told",
  },
  {
    folder: "packages/hub/src/alerts",
    may: ["fleet", "metrics/metric-store.ts", "probes/probe-desk.ts", "state", "@muster/node-kit", "@muster/protocol"],
    why: "it judges what is known and writes what is to be told: it sees no notifier, no link, no route and no user",
  },
  {
    folder: "packages/hub/src/alerts/incident-changes.ts",
    may: ["commands/command-bus.ts"],
    why: "what people do to incidents goes by the bus, the same from every door",
  },
  {
    folder: "packages/hub/src/status-pages",
    may: ["fleet", "probes", "state", "@muster/node-kit", "@muster/protocol"],
    why: "it shows how things stand; it starts nothing, and knows no routes",
  },
  {
    folder: "packages/hub/src/notify",
    may: ["alerts/hearers.ts", "state", "@muster/node-kit", "@muster/protocol"],
    why: "a notifier knows its vendor's dialect, and the desk when and how often: no rules, no servers",
  },
  {
    folder: "packages/hub/src/key-replacement",
    may: [
      "access/audit-log.ts",
      "commands/command-bus.ts",
      "commands/progress-board.ts",
      "commands/server-claims.ts",
      "fleet",
      "links/links.ts",
      "links/ssh",
      "@muster/node-kit",
      "@muster/protocol",
    ],
    why: "it exchanges keys over the server's own link by SSH; who may ask is decided by the bus above it",
  },
  {
    folder: "packages/hub/src/http",
    may: [
      "access",
      "alerts",
      "commands",
      "deploy",
      "fleet",
      "key-replacement",
      "links/links.ts",
      "logs",
      "metrics/metric-store.ts",
      "notify",
      "probes",
      "rollouts",
      "tasks",
      "status-pages",
      "telegram",
      "@muster/node-kit",
      "@muster/protocol",
    ],
    why: "a route translates and decides nothing, and knows what it asks by interface only",
  },

  // The agent. Losing the uplink must not be able to touch what is supervised or read, so the parts do not know each other.
  {
    folder: "packages/agent/src/wire",
    may: ["@muster/node-kit", "@muster/protocol"],
    why: "it is what parts say to each other and to the hub; it does nothing",
  },
  {
    folder: "packages/agent/src/collect",
    may: ["@muster/host"],
    why: "it says what the agent itself costs; whether anybody is connected is not its business",
  },
  {
    folder: "packages/agent/src/commands",
    may: ["wire", "@muster/host", "@muster/node-kit", "@muster/protocol"],
    why: "it proves who sent a command and signs what came of it; how it is done is the host's",
  },
  {
    folder: "packages/agent/src/identity",
    may: ["config.ts", "wire", "@muster/node-kit", "@muster/protocol"],
    why: "it keeps the key; it talks to nobody",
  },
  {
    folder: "packages/agent/src/local",
    may: ["@muster/host"],
    why: "it is the machine itself behind the port Host; what is done to it is decided elsewhere",
  },
  {
    folder: "packages/agent/src/logs",
    may: ["@muster/host", "@muster/node-kit"],
    why: "it keeps on disk what the policy that is given to it lets be read",
  },
  {
    folder: "packages/agent/src/policy",
    may: ["@muster/node-kit"],
    why: "it reads its file by the rules of who may own it; what the text means is core's",
  },
  {
    folder: "packages/agent/src/local",
    may: ["@muster/host"],
    why: "it does on this machine what the port of a host says",
  },
  { folder: "packages/agent/src/spool", may: ["@muster/node-kit", "@muster/protocol"], why: "it is a queue on disk" },
  {
    folder: "packages/agent/src/uplink",
    may: ["version.ts", "wire", "@muster/node-kit", "@muster/protocol"],
    why: "it carries; it neither reads the machine nor decides",
  },
  {
    folder: "packages/agent/src/uplink/outbox.ts",
    may: ["spool", "version.ts", "wire", "@muster/host", "@muster/node-kit", "@muster/protocol"],
    why: "it joins what was read to the spool and the wire, and knows of reading the round's form only",
  },
  {
    folder: "packages/agent/src/services",
    may: ["@muster/host", "@muster/node-kit", "@muster/protocol"],
    why: "it writes down what happened to services and tells the hub; who runs, looks at or checks them it is told",
  },
  {
    folder: "packages/agent/src/supervise",
    may: ["@muster/host", "@muster/node-kit"],
    why: "what it keeps running must not depend on a hub, on the wire, or on how a policy file is read",
  },
  {
    folder: "packages/agent/src/doctor",
    may: [
      "config.ts",
      "identity",
      "install",
      "local-host.ts",
      "policy",
      "uplink",
      "version.ts",
      "@muster/host",
      "@muster/node-kit",
      "@muster/protocol",
    ],
    why: "it looks at each part as it is, without the agent's running; nothing of the running agent imports it",
  },
  {
    folder: "packages/agent/src/tunnels",
    may: ["@muster/node-kit", "@muster/protocol"],
    why: "it connects to what the policy that is given to it opens; who asks, and over which line, is not its business",
  },
  {
    folder: "packages/agent/src/checks",
    may: ["@muster/host", "@muster/node-kit"],
    why: "it looks and tells; what is done about it is the supervisor's, and where services come from is not its business",
  },
  {
    folder: "packages/agent/src/install",
    may: ["config.ts", "local", "policy", "unit.ts", "@muster/host", "@muster/node-kit"],
    why: "root runs it once, from the policy to the machine's own rights; the running agent never imports it",
  },

  // The command line. Its one door to hub and agent is the file that a process starts with.
  {
    folder: "packages/cli/src",
    may: ["@muster/host", "@muster/node-kit", "@muster/protocol"],
    why: "it is a client: only process-main.ts loads hub and agent, when they are asked for",
  },
  {
    folder: "packages/cli/src/process-main.ts",
    may: ["@muster/agent", "@muster/hub", "@muster/node-kit"],
    why: "it joins the command line to the programs that it starts",
  },
];

/**
 * A family of adapters: each subfolder of `folder` is one. Only `catalog` imports them; an adapter imports the family's
 * interface and never a sister, so that adding one is a folder and a line.
 * @typedef {{ folder: string, catalog: string, why: string }} FamilyRule
 */

/** @type {readonly FamilyRule[]} */
export const FAMILY_RULES = [
  {
    folder: "packages/host/src/services",
    catalog: "packages/host/src/services/catalog.ts",
    why: "a driver is one folder and one line, and knows nothing of its sisters",
  },
  {
    folder: "packages/hub/src/links/pull",
    catalog: "packages/hub/src/links/pull/catalog.ts",
    why: "a kind of pulled server is one folder and one line, and knows nothing of its sisters",
  },
  {
    folder: "packages/hub/src/probes",
    catalog: "packages/hub/src/probes/catalog.ts",
    why: "a kind of probe is one folder and one line, and knows nothing of its sisters",
  },
  {
    folder: "packages/hub/src/notify",
    catalog: "packages/hub/src/notify/catalog.ts",
    why: "a kind of notifier is one folder and one line, and knows nothing of its sisters",
  },
  {
    folder: "packages/hub/src/metrics",
    catalog: "packages/hub/src/metrics/catalog.ts",
    why: "only the catalog knows the engines, so that another can take their place",
  },
];

/**
 * Parts of one folder that must not know each other; each part is a folder or a file. They meet in `meetIn`.
 * @typedef {{ parts: readonly string[], meetIn: string, why: string }} StrangerRule
 */

/** @type {readonly StrangerRule[]} */
export const STRANGER_RULES = [];

/**
 * The file that builds everything. Only `exceptions` import it: the package's entry and the process around it.
 */
export const ENTRY_POINTS = {
  name: "main.ts",
  exceptions: ["packages/hub/src/index.ts", "packages/hub/src/run-hub.ts"],
  why: "one place builds all, so nothing else needs a global; what others need belongs in a file of its own",
};
