// Expressions that the linter has no rule for: broken digests, shells, and the time read past the injected clock.
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseSync, Visitor } from "oxc-parser";

const SOURCES = "packages/*/{src,test}/**/*.{ts,tsx}";
/** Where time is injected; node-kit holds the one system clock. */
const CLOCKED = /^packages\/(core|protocol|host|hub|agent)\/src\/(?!.*\.test\.tsx?$)/;

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
  new Visitor({
    CallExpression(node) {
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
