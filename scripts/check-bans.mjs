// Expressions that the linter has no rule for: broken digests, shells, the time read past the injected clock, and ways
// out of the machine past the egress client.
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseSync, Visitor } from "oxc-parser";

const SOURCES = "packages/*/{src,test}/**/*.{ts,tsx}";
/** Where time is injected; node-kit holds the one system clock. */
const CLOCKED = /^packages\/(core|protocol|host|hub|agent)\/src\/(?!.*\.test\.tsx?$)/;
/** What runs on servers goes out through one door (security.md 5); the command line and the browser are clients by trade. */
const GUARDED = /^packages\/(core|protocol|host|node-kit|hub|agent)\/src\/(?!.*\.test\.tsx?$)/;
/**
 * The door itself, the agent's own way to its hub with its own proofs, the WebSocket that the hub lays over a connection of
 * the door, Unix sockets, which stay on the machine, SSH over a stream that the door has opened, with what goes inside
 * it; of probes a WebSocket and a host key over such a stream, and questions to name servers whose address the door has
 * checked; mail over such a stream.
 */
const DOORS = [
  "packages/node-kit/src/egress/",
  "packages/hub/src/links/agent/dial-agent.ts",
  "packages/agent/src/uplink/channel.ts",
  "packages/agent/src/local/socket-request.ts",
  "packages/hub/src/probes/tailscale/local-api.ts",
  "packages/hub/src/links/ssh/login.ts",
  "packages/hub/src/links/ssh/connect-ssh.ts",
  "packages/hub/src/links/ssh/ssh-keys.ts",
  "packages/hub/src/links/ssh/socket-request.ts",
  "packages/hub/src/probes/websocket/websocket-over.ts",
  "packages/hub/src/probes/ssh/host-key-over.ts",
  "packages/hub/src/probes/dns/ask-dns.ts",
  "packages/hub/src/notify/email/",
];
const OUTGOING = {
  "node:http": ["request", "get", "Agent", "globalAgent", "ClientRequest"],
  "node:https": ["request", "get", "Agent", "globalAgent"],
  "node:http2": ["connect"],
  "node:net": ["connect", "createConnection", "Socket"],
  "node:tls": ["connect"],
  "node:dgram": ["createSocket", "Socket"],
  "node:dns": ["Resolver", "promises"],
  "node:dns/promises": ["Resolver", "resolve"],
  ws: ["WebSocket"],
};
const ANY_OUTGOING = [...Object.keys(OUTGOING), "undici", "ssh2", "nodemailer"];
const WAY_OUT = "goes out past the egress client of node-kit";

/**
 * Each banned expression in a file, as line and reason, in the order of lines.
 * @param {string} file path from the root of the workspace
 * @param {string} text
 * @returns {readonly { line: number, reason: string }[]}
 */
export function bansIn(file, text) {
  /** @type {{ line: number, reason: string }[]} */
  const found = [];
  /** @param {{ start: number }} node @param {string} reason */
  const ban = (node, reason) => found.push({ line: text.slice(0, node.start).split("\n").length, reason });
  const isGuarded = GUARDED.test(file) && !DOORS.some((door) => file.startsWith(door));
  new Visitor({
    ImportDeclaration(node) {
      if (!isGuarded || node.importKind === "type" || !ANY_OUTGOING.includes(node.source.value)) return;
      const banned = OUTGOING[/** @type {keyof typeof OUTGOING} */ (node.source.value)];
      for (const specifier of node.specifiers) {
        if (specifier.type === "ImportSpecifier" && specifier.importKind === "type") continue;
        const name =
          specifier.type === "ImportSpecifier" && specifier.imported.type === "Identifier"
            ? specifier.imported.name
            : undefined;
        if (banned === undefined || name === undefined || banned.includes(name))
          ban(specifier, `${node.source.value}${name === undefined ? "" : ` ${name}`} ${WAY_OUT}`);
      }
    },
    CallExpression(node) {
      if (isGuarded && node.callee.type === "Identifier" && node.callee.name === "fetch") ban(node, `fetch ${WAY_OUT}`);
      const { callee } = node;
      const name =
        callee.type === "MemberExpression" && callee.property.type === "Identifier" ? callee.property.name : undefined;
      const called = callee.type === "Identifier" ? callee.name : name;
      const first = node.arguments[0];
      const word = first?.type === "Literal" && typeof first.value === "string" ? first.value : "";
      if (
        (called === "createHash" || called === "createHmac" || called === "hash") &&
        /^(md4|md5|sha-?1|rsa-md5|rsa-sha1)$/i.test(word)
      ) {
        ban(node, `${word} is broken: use sha256 or better`);
      }
      if (called === "Date" && callee.type === "Identifier" && CLOCKED.test(file))
        ban(node, "time is injected: Clock.now");
    },
    NewExpression(node) {
      const isNow = node.callee.type === "Identifier" && node.callee.name === "Date" && node.arguments.length === 0;
      if (isNow && CLOCKED.test(file)) ban(node, "time is injected: new Date(clock.now())");
    },
    Property(node) {
      const { key, value } = node;
      const name = key.type === "Identifier" ? key.name : key.type === "Literal" ? key.value : undefined;
      if (name !== "shell" || value.type !== "Literal") return;
      if (value.value === true || typeof value.value === "string") ban(node, "no shell: pass an argument list");
    },
  }).visit(parseSync(file, text).program);
  return found.toSorted((a, b) => a.line - b.line);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  const files = globSync(SOURCES, { cwd: root }).toSorted();
  let bans = 0;
  for (const file of files) {
    for (const { line, reason } of bansIn(file, readFileSync(join(root, file), "utf8"))) {
      console.error(`${file}:${line}: ${reason}`);
      bans++;
    }
  }
  if (files.length === 0) console.error("no file was read");
  process.exitCode = bans > 0 || files.length === 0 ? 1 : 0;
}
