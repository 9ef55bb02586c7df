import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { temporaryDirectory } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkTree, importsOf } from "./check-imports.mjs";
import * as rules from "./import-rules.mjs";

type Tree = Record<string, string>;

/** Every file and folder that the real rules name, so that only what a test plants is wrong. */
function soundTree(): Tree {
  const tree: Tree = {};
  const place = (path: string): void => {
    tree[/\.\w+$/.test(path) ? path : `${path}/sound.ts`] ??= "export {};\n";
  };
  for (const { folder } of rules.PACKAGE_RULES) {
    place(folder.startsWith("packages/") ? `${folder}/src` : folder);
    tree[`${folder}/package.json`] = JSON.stringify({ dependencies: { listed: "1" } });
  }
  for (const { folder, may } of rules.FOLDER_RULES) {
    place(folder);
    for (const name of may) if (!name.startsWith("@")) place(`${sourceOf(folder)}/${name}`);
  }
  for (const { folder, catalog } of rules.FAMILY_RULES) {
    place(catalog);
    place(`${folder}/planted-one`);
    place(`${folder}/planted-two`);
  }
  rules.ENTRY_POINTS.exceptions.forEach(place);
  for (const { parts, meetIn } of rules.STRANGER_RULES) [...parts, meetIn].forEach(place);
  return tree;
}

/** A rule for all of a package's sources. */
const wholeSource = (path: string): { readonly may: readonly string[] } | undefined =>
  rules.FOLDER_RULES.find(({ folder }) => folder === sourceOf(path));
const sourceOf = (path: string): string => path.split("/").slice(0, 3).join("/");
const pathFrom = (file: string, target: string): string => `./${posix.relative(posix.dirname(file), target)}`;

function write(root: string, tree: Tree): void {
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** What the check says about a tree, as "file → target". */
async function verdict(tree: Tree): Promise<readonly string[]> {
  await using directory = await temporaryDirectory("imports");
  write(directory.path, tree);
  return checkTree(directory.path).map(({ file, target }) => `${file} → ${target}`);
}

let sound: TemporaryDirectory;
beforeAll(async () => {
  sound = await temporaryDirectory("imports");
  write(sound.path, soundTree());
});
afterAll(() => sound[Symbol.asyncDispose]());

/** The sound tree with one more file in it, which is as it was afterwards: writing it anew takes longer than the check. */
function planted(file: string, text: string, more: Tree = {}): readonly string[] {
  const added = { ...more, [file]: text };
  write(sound.path, added);
  try {
    return checkTree(sound.path).map((found) => `${found.file} → ${found.target}`);
  } finally {
    const before = soundTree();
    for (const path of Object.keys(added)) {
      rmSync(join(sound.path, path));
      if (before[path] !== undefined) write(sound.path, { [path]: before[path] });
    }
  }
}

test("a tree that keeps the rules passes", async () => {
  expect(await verdict(soundTree())).toEqual([]);
});

describe("each rule sees its violation, and only that", () => {
  test.for(rules.PACKAGE_RULES)("package $folder", async ({ folder, may }) => {
    const file = folder.startsWith("packages/") ? `${folder}/src/planted.ts` : `${folder}/planted.ts`;
    const refused = ["node:fs", "@muster/hub", "@muster/core"].filter((name) => {
      const isOwn = name === `@muster/${posix.basename(folder)}`;
      const rule = wholeSource(file);
      const allowed =
        !isOwn &&
        (may.includes(name) || may.includes(name.startsWith("node:") ? "node:*" : "@muster/*")) &&
        (rule === undefined || name === "@muster/core" || name.startsWith("node:") || rule.may.includes(name));
      return !allowed;
    });
    const listed = may.includes("npm:*") ? 'import "listed/part";' : "";
    const text = `import "unlisted"; import "node:fs"; import "@muster/hub"; import "@muster/core"; ${listed}`;
    const expected = ["unlisted", ...refused].map((name) => `${file} → ${name}`);
    expect(planted(file, text).toSorted()).toEqual(expected.toSorted());
  });

  test.for(rules.FOLDER_RULES)("folder $folder", async ({ folder, may }) => {
    const isFile = folder.endsWith(".ts");
    const file = isFile ? folder : `${folder}/planted.ts`;
    const stranger = `${sourceOf(folder)}/planted-stranger.ts`;
    const isNeighbour = wholeSource(folder) !== undefined;
    const names = ["@muster/host", "@muster/node-kit"];
    const test = file.replace(/\.ts$/, "-more.test.ts");
    // All in one tree: to write one for each import takes most of the time of these tests.
    const told = planted(
      file,
      [`import type { A } from "${pathFrom(file, stranger)}";`, ...names.map((name) => `import "${name}";`)].join("\n"),
      { [stranger]: "export {};", [test]: `import "${pathFrom(test, stranger)}";` },
    );
    const refused = [...names.filter((name) => !may.includes(name)), ...(isNeighbour ? [] : [stranger])];
    expect(told).toEqual(refused.map((name) => `${file} → ${name}`));
  });

  test.for(rules.FAMILY_RULES)("family $folder", async ({ folder, catalog }) => {
    const adapter = `${folder}/planted-two/sound.ts`;
    const sister = `${folder}/planted-one/planted.ts`;
    expect(planted(sister, 'import "../planted-two/sound.ts";')).toEqual([`${sister} → ${adapter}`]);
    const outsider = `${folder}/planted.ts`;
    expect(planted(outsider, 'import "./planted-two/sound.ts";')).toEqual([`${outsider} → ${adapter}`]);
    expect(planted(catalog, `import "${pathFrom(catalog, adapter)}";`)).toEqual([]);
  });

  test.for(rules.STRANGER_RULES)("strangers that meet in $meetIn", async ({ parts }) => {
    const files = parts.map((part) => (part.endsWith(".ts") ? part : `${part}/sound.ts`));
    for (const [index, from] of files.entries()) {
      const to = files[(index + 1) % files.length] ?? "";
      expect(planted(from, `import type { A } from "${pathFrom(from, to)}";`)).toEqual([`${from} → ${to}`]);
    }
  });

  test("nobody imports a main.ts, not even a test", async () => {
    const main = { "packages/hub/src/main.ts": "export {};" };
    expect(planted("packages/hub/src/planted.test.ts", 'import "./main.ts";', main)).toEqual([
      "packages/hub/src/planted.test.ts → packages/hub/src/main.ts",
    ]);
    for (const file of rules.ENTRY_POINTS.exceptions) {
      expect(planted(file, 'import "./main.ts";', main)).toEqual([]);
    }
  });

  test("no deep imports, no paths into another package, no own name", async () => {
    const file = "packages/agent/src/planted.ts";
    expect(planted(file, 'import "@muster/core/src/sound.ts";')).toEqual([`${file} → @muster/core/src/sound.ts`]);
    expect(planted(file, 'import "../../core/src/sound.ts";')).toEqual([`${file} → packages/core/src/sound.ts`]);
    expect(planted(file, 'import "@muster/agent";')).toEqual([`${file} → @muster/agent`]);
  });

  test("what is for tests stays in tests", async () => {
    const inTest = "packages/core/src/planted.test.ts";
    expect(planted(inTest, 'import "@muster/testkit"; import "vitest"; import "node:fs";')).toEqual([]);
    const file = "packages/hub/src/planted.ts";
    expect(planted(file, 'import "@muster/testkit";')).toEqual([`${file} → @muster/testkit`]);
    expect(planted(file, 'import "./other.test.ts";', { "packages/hub/src/other.test.ts": "export {};" })).toEqual([
      `${file} → packages/hub/src/other.test.ts`,
    ]);
  });

  test("cycles are found, by types and over several files, and told once", async () => {
    const a = "packages/core/src/a.ts";
    const more = {
      "packages/core/src/b.ts": 'export * from "./c.ts";',
      "packages/core/src/c.ts": 'export type X = import("./a.ts").A;',
    };
    expect(planted(a, 'import type { B } from "./b.ts";', more)).toEqual([
      `${a} → packages/core/src/b.ts → packages/core/src/c.ts → packages/core/src/a.ts`,
    ]);
  });

  test("a file that is not there, and a name that is computed", async () => {
    const file = "packages/core/src/planted.ts";
    expect(planted(file, 'import "./gone.ts";')).toEqual([`${file} → ./gone.ts`]);
    expect(planted(file, "await import(String(1));")).toEqual([`${file} → (computed)`]);
  });
});

test("a rule about a folder that is gone fails, as does a folder without a rule", async () => {
  const tree = soundTree();
  const gone = Object.fromEntries(Object.entries(tree).filter(([path]) => !path.startsWith("bench/")));
  const bench = rules.PACKAGE_RULES.map(({ folder }) => folder).includes("bench");
  expect(await verdict(gone)).toEqual(bench ? ["scripts/import-rules.mjs → bench"] : []);
  expect(planted("packages/hub/src/planted-room/a.ts", "export {};")).toEqual(["packages/hub/src/planted-room → "]);
});

test("having read no file fails", async () => {
  expect((await verdict({ "README.md": "" })).some((line) => line.includes("packages/*/{src,test}"))).toBe(true);
});

test("every form of import is seen", () => {
  const text = `
    import a from "one"; import type { B } from "two"; import { type C } from "three"; import "four";
    export { d } from "five"; export type { E } from "six"; export * from "seven"; export * as f from "eight";
    const g = await import("nine"); type H = import("ten").H; type I = typeof import("eleven");
    const j = require("twelve"); import k = require("thirteen"); const l = await import(\`fourteen\`);
    const w = new Worker(new URL("./fifteen.ts", import.meta.url));
    // import "not this";
    const text = 'import "nor this"';`;
  expect([...importsOf("a.ts", text)].toSorted()).toEqual(
    ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
      .concat(["twelve", "thirteen", "fourteen", "./fifteen.ts"])
      .toSorted(),
  );
  expect(() => importsOf("a.ts", "import {")).toThrow("a.ts");
});
