// Reads every import of the workspace, type imports too, and holds it against the tables in import-rules.mjs.
// Prints file, target and reason of each violation. A rule about a folder that is gone, or having read no file, is a
// failure as well: a check that looks at nothing passes for ever.
import { existsSync, globSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseSync, Visitor } from "oxc-parser";
import * as workspaceRules from "./import-rules.mjs";

/**
 * @typedef {Pick<typeof workspaceRules, "PACKAGE_RULES" | "TEST_ONLY" | "TEST_FOLDERS" | "FOLDER_RULES" | "FAMILY_RULES" | "STRANGER_RULES" | "ENTRY_POINTS">} Rules
 * @typedef {{ file: string, target: string, reason: string }} Violation
 */

const SOURCES = "{packages/*/{src,test},e2e,bench,scripts}/**/*.{ts,tsx,mts,mjs,js}";
const COMPUTED = "(computed)";

/**
 * Every module name a file asks for: import, export from, import(), import type, require, and the address of a worker.
 * @param {string} file its name tells the dialect
 * @param {string} text
 * @returns {readonly string[]}
 */
export function importsOf(file, text) {
  const { program, errors } = parseSync(file, text);
  const broken = errors.find((error) => error.severity === "Error");
  if (broken !== undefined) throw new Error(`${file}: ${broken.message}`);
  /** @type {string[]} */
  const found = [];
  /** @param {import("oxc-parser").Node | null | undefined} node */
  const add = (node) => {
    if (node?.type === "Literal" && typeof node.value === "string") found.push(node.value);
    else if (node?.type === "TemplateLiteral" && node.expressions.length === 0)
      found.push(node.quasis[0]?.value.cooked ?? "");
    else if (node?.type === "TSLiteralType") add(node.literal);
    else if (node !== null && node !== undefined) found.push(COMPUTED);
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
    TSExternalModuleReference: (node) => add(node.expression),
    CallExpression(node) {
      const { callee } = node;
      if (callee.type === "Identifier" && callee.name === "require") add(node.arguments[0]);
    },
    NewExpression(node) {
      const [address, base] = node.arguments;
      if (node.callee.type !== "Identifier" || node.callee.name !== "URL" || base?.type !== "MemberExpression") return;
      if (address?.type === "Literal" && /^\..*\.[cm]?[jt]sx?$/.test(String(address.value))) add(address);
    },
  }).visit(program);
  return found;
}

/** `packages/x/src` of anything in it. @param {string} path */
const sourceOf = (path) => path.split("/").slice(0, 3).join("/");
/** @param {string} path @param {string} folder */
const isIn = (path, folder) => path === folder || path.startsWith(`${folder}/`);
/** Contract suites run over every adapter and are tests, too. @param {string} path */
const isTest = (path) => /\.(test|contract)\.tsx?$/.test(path) || /^packages\/[^/]+\/test\//.test(path);

/**
 * The file that a relative import means, or undefined when there is none.
 * @param {string} root @param {string} from @param {string} name
 */
function resolveRelative(root, from, name) {
  const path = posix.normalize(posix.join(posix.dirname(from), name.replace(/\?.*$/, "")));
  const candidates = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`, `${path}/index.tsx`];
  return candidates.find((candidate) => existsSync(join(root, candidate)) && statSync(join(root, candidate)).isFile());
}

/** @param {string} name */
const packageOf = (name) =>
  name.startsWith("@") ? name.split("/").slice(0, 2).join("/") : (name.split("/")[0] ?? name);

/**
 * @param {string} name a package or a module of Node
 * @param {readonly string[]} may
 * @param {readonly string[]} listed what package.json names
 */
function isAllowed(name, may, listed) {
  if (name.startsWith("node:")) return may.includes("node:*") || may.includes(name);
  if (name.startsWith("@muster/")) return may.includes(name) || may.includes("@muster/*");
  return may.includes(name) || (may.includes("npm:*") && listed.includes(name));
}

/** @param {string} root @param {string} folder */
function listedPackages(root, folder) {
  /** @type {string[]} */
  const listed = [];
  for (const path of [join(root, folder, "package.json"), join(root, "package.json")]) {
    if (!existsSync(path)) continue;
    const { dependencies, devDependencies } = JSON.parse(readFileSync(path, "utf8"));
    listed.push(...Object.keys({ ...dependencies, ...devDependencies }));
  }
  return listed;
}

/**
 * Every violation in a tree, ordered by file; empty when all is well.
 * @param {string} root
 * @param {Rules} [rules]
 * @returns {readonly Violation[]}
 */
export function checkTree(root, rules = workspaceRules) {
  /** @type {Violation[]} */
  const violations = [...staleRules(root, rules)];
  const files = globSync(SOURCES, {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|dist)(\/|$)/.test(String(path)),
  })
    .map((path) => path.replaceAll("\\", "/"))
    .toSorted();
  if (files.length === 0) violations.push({ file: root, target: SOURCES, reason: "no file was read" });

  /** @type {Map<string, readonly string[]>} */
  const graph = new Map();
  /** @type {Map<string, readonly string[]>} */
  const listedBy = new Map();
  for (const file of files) {
    const home = rules.PACKAGE_RULES.find(({ folder }) => isIn(file, folder));
    if (home === undefined) {
      violations.push({ file, target: "", reason: "no rule says what its package may import" });
      continue;
    }
    const listed = listedBy.get(home.folder) ?? listedPackages(root, home.folder);
    listedBy.set(home.folder, listed);
    /** @type {string[]} */
    const edges = [];
    for (const name of new Set(importsOf(file, readFileSync(join(root, file), "utf8")))) {
      /** @param {string} target @param {string | undefined} reason */
      const judge = (target, reason) => void (reason !== undefined && violations.push({ file, target, reason }));
      if (name === COMPUTED) {
        judge(name, home.folder.startsWith("packages/") ? computedReason(file) : undefined);
      } else if (name.startsWith(".")) {
        const target = resolveRelative(root, file, name);
        // What vite or a build makes, style sheets and pictures are not sources.
        if (target === undefined) judge(name, /\.(ts|tsx)$/.test(name) ? "there is no such file" : undefined);
        else {
          edges.push(target);
          judge(target, relativeReason(file, target, home, rules));
        }
      } else judge(name, packageReason(file, name, home, listed, rules));
    }
    graph.set(file, edges);
  }
  violations.push(...cycles(graph));
  return violations.toSorted((a, b) => a.file.localeCompare(b.file) || a.target.localeCompare(b.target));
}

/** A test may load what it made; a program that loads what it computed cannot be checked. @param {string} file */
const computedReason = (file) => (isTest(file) ? undefined : "a computed module name cannot be checked: write it out");

/**
 * @param {string} file @param {string} name @param {import("./import-rules.mjs").PackageRule} home
 * @param {readonly string[]} listed @param {Rules} rules
 * @returns {string | undefined}
 */
function packageReason(file, name, home, listed, rules) {
  const target = name.startsWith("node:") ? name : packageOf(name);
  const test = isTest(file) || rules.TEST_FOLDERS.includes(home.folder) || home.folder === "scripts";
  if (rules.TEST_ONLY.includes(target)) return test ? undefined : `${target} is for tests only`;
  if (name.startsWith("@muster/") && name !== target) return "a package has one entry: no deep imports";
  const may = isTest(file) ? [...home.may, "node:*"] : home.may;
  const own = target === `@muster/${posix.basename(home.folder)}`;
  // A test in packages/x/test uses its package as others do.
  if (own) return isTest(file) ? undefined : "a package imports its own files by path";
  if (!isAllowed(target, may, listed)) return home.why;
  if (isTest(file)) return undefined;
  const folder = folderRuleOf(file, rules);
  if (folder === undefined || !target.startsWith("@muster/") || target === "@muster/core") return undefined;
  return folder.may.includes(target) ? undefined : folder.why;
}

/**
 * @param {string} file @param {string} target @param {import("./import-rules.mjs").PackageRule} home @param {Rules} rules
 * @returns {string | undefined}
 */
function relativeReason(file, target, home, rules) {
  if (!isIn(target, home.folder)) return "another package is imported by its name, @muster/…, never by path";
  const { name, exceptions, why } = rules.ENTRY_POINTS;
  if (posix.basename(target) === name) return exceptions.includes(file) ? undefined : why;
  if (isTest(target) && !isTest(file)) return "tests are imported by tests only";
  // Contract tests run every adapter, and a test may build what it needs. Facts in JSON are nobody's room.
  if (isTest(file) || target.endsWith(".json")) return undefined;
  return familyReason(file, target, rules) ?? strangerReason(file, target, rules) ?? folderReason(file, target, rules);
}

/** @param {string} file @param {string} target @param {Rules} rules */
function familyReason(file, target, rules) {
  for (const { folder, catalog, why } of rules.FAMILY_RULES) {
    if (!isIn(target, folder) || file === catalog) continue;
    const adapter = target.slice(folder.length + 1).split("/");
    if (adapter.length > 1 && !isIn(file, `${folder}/${String(adapter[0])}`)) return why;
  }
  return undefined;
}

/** @param {string} file @param {string} target @param {Rules} rules */
function strangerReason(file, target, rules) {
  for (const { parts, meetIn, why } of rules.STRANGER_RULES) {
    const from = parts.find((part) => isIn(file, part));
    const to = parts.find((part) => isIn(target, part));
    if (from !== undefined && to !== undefined && from !== to) return `${why}; they meet in ${meetIn}`;
  }
  return undefined;
}

/** @param {string} file @param {string} target @param {Rules} rules */
function folderReason(file, target, rules) {
  const rule = folderRuleOf(file, rules);
  const folder = folderRuleOf(file, rules, "folders only")?.folder;
  if (rule === undefined || (folder !== undefined && isIn(target, folder))) return undefined;
  return rule.may.some((name) => isIn(target, `${sourceOf(file)}/${name}`)) ? undefined : rule.why;
}

/**
 * The most exact rule: one for a single file stands above that of its folder.
 * @param {string} file @param {Rules} rules @param {"folders only" | "files too"} [which]
 */
function folderRuleOf(file, rules, which = "files too") {
  const found = rules.FOLDER_RULES.filter(
    ({ folder }) => isIn(file, folder) && (which === "files too" || folder !== file),
  );
  return found.toSorted((a, b) => b.folder.length - a.folder.length)[0];
}

/** Rules about what is gone, and folders about which there is none. @param {string} root @param {Rules} rules */
function staleRules(root, rules) {
  /** @type {Violation[]} */
  const stale = [];
  const named = [
    ...rules.PACKAGE_RULES.map(({ folder }) => folder),
    ...rules.TEST_FOLDERS,
    ...rules.FOLDER_RULES.map(({ folder }) => folder),
    ...rules.FOLDER_RULES.flatMap(({ folder, may }) =>
      may.filter((name) => !name.startsWith("@")).map((name) => `${sourceOf(folder)}/${name}`),
    ),
    ...rules.FAMILY_RULES.flatMap(({ folder, catalog }) => [folder, catalog]),
    ...rules.ENTRY_POINTS.exceptions,
    ...rules.STRANGER_RULES.flatMap(({ parts, meetIn }) => [...parts, meetIn]),
  ];
  for (const path of new Set(named)) {
    if (!existsSync(join(root, path)))
      stale.push({ file: "scripts/import-rules.mjs", target: path, reason: "a rule names it, but it is gone" });
  }
  for (const parent of new Set(rules.FOLDER_RULES.map(({ folder }) => posix.dirname(folder)))) {
    const covered = rules.FOLDER_RULES.some(({ folder }) => folder === parent);
    if (covered || !parent.endsWith("/src") || !existsSync(join(root, parent))) continue;
    for (const entry of readdirSync(join(root, parent), { withFileTypes: true })) {
      const folder = `${parent}/${entry.name}`;
      if (!entry.isDirectory() || rules.FOLDER_RULES.some((rule) => rule.folder === folder)) continue;
      stale.push({ file: folder, target: "", reason: "a new folder needs a rule in scripts/import-rules.mjs" });
    }
  }
  return stale;
}

/**
 * One violation for each knot of files that import each other, with a way round it.
 * @param {ReadonlyMap<string, readonly string[]>} graph
 */
function cycles(graph) {
  /** @type {Violation[]} */
  const found = [];
  /** @type {Set<string>} */
  const done = new Set();
  for (const start of graph.keys()) {
    if (done.has(start)) continue;
    const way = wayBack(graph, start);
    if (way === undefined) continue;
    for (const file of way) done.add(file);
    found.push({
      file: start,
      target: [...way.slice(1), start].join(" → "),
      reason: "no cycles: neither can be understood or moved without the other",
    });
  }
  return found;
}

/**
 * The shortest way from a file over its imports to itself.
 * @param {ReadonlyMap<string, readonly string[]>} graph @param {string} start
 */
function wayBack(graph, start) {
  /** @type {Map<string, string>} */
  const cameFrom = new Map();
  const queue = [start];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const next of graph.get(file) ?? []) {
      if (next === start) {
        const way = [file];
        for (let back = file; back !== start;) {
          back = /** @type {string} */ (cameFrom.get(back));
          way.unshift(back);
        }
        return way;
      }
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, file);
      queue.push(next);
    }
  }
  return undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const violations = checkTree(dirname(dirname(fileURLToPath(import.meta.url))));
  for (const { file, target, reason } of violations) console.error(`${file} → ${target || "(itself)"}\n    ${reason}`);
  if (violations.length > 0) console.error(`${violations.length} imports break the rules`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
