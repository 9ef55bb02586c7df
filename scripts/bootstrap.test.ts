import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runProgram, startProgram, temporaryDirectory } from "@muster/testkit";
import type { ProgramResult, TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";

const locked = {
  packages: { "": {}, "packages/a": {}, "node_modules/a": { version: "1.0.0", integrity: "sha512-a" } },
};
const oldNode =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})';

/** A workspace in which everything is installed and `npm test` is the given script. */
async function workspace(
  testScript: string,
): Promise<TemporaryDirectory & { place(path: string, text: string): void }> {
  const directory = await temporaryDirectory("bootstrap");
  const place = (path: string, text: string): void => {
    mkdirSync(dirname(directory.file(path)), { recursive: true });
    writeFileSync(directory.file(path), text);
  };
  place("package-lock.json", JSON.stringify(locked));
  place("node_modules/.package-lock.json", JSON.stringify(locked));
  place("scripts/test.mjs", testScript);
  copyFileSync(join(import.meta.dirname, "bootstrap.mjs"), directory.file("scripts/bootstrap.mjs"));
  return { ...directory, place };
}

const bootstrap = (
  where: TemporaryDirectory,
  args: readonly string[],
  { flags = [], env = {} }: { flags?: readonly string[]; env?: Record<string, string> } = {},
): Promise<ProgramResult> =>
  runProgram([process.execPath, ...flags, where.file("scripts/bootstrap.mjs"), ...args], {
    env: { npm_execpath: where.file("npm.js"), ...env },
  });

test("what is installed is not installed again; arguments and the exit code pass through", async () => {
  await using where = await workspace("console.log(process.argv.slice(2).join()); process.exit(7);");
  expect(await bootstrap(where, ["test", "a", "b c"])).toEqual({ exitCode: 7, stdout: "a,b c\n", stderr: "" });
});

test("what the lock file pins and is missing gets installed, with one line that says so", async () => {
  await using where = await workspace('console.log("tests run");');
  where.place("node_modules/.package-lock.json", JSON.stringify({ packages: {} }));
  where.place(
    "npm.js",
    `require("fs").writeFileSync("asked", process.argv.slice(2, 4).join(" "));
     require("fs").copyFileSync("package-lock.json", "node_modules/.package-lock.json");
     console.log("noise");`,
  );
  const first = await bootstrap(where, ["test"]);
  expect(first.stdout).toMatch(/^muster: installing [^\n]+\ntests run\n$/);
  expect(readFileSync(where.file("asked"), "utf8")).toBe("install --no-save");
  expect((await bootstrap(where, ["test"])).stdout).toBe("tests run\n");
});

test("another version than the locked one is stale; an optional package of another system is not missing", async () => {
  await using where = await workspace("");
  where.place("npm.js", 'require("fs").writeFileSync("asked", ""); process.exit(1);');
  const elsewhere = { ...locked.packages, "node_modules/darwin": { version: "1.0.0", optional: true } };
  where.place("package-lock.json", JSON.stringify({ packages: elsewhere }));
  expect((await bootstrap(where, ["test"])).exitCode).toBe(0);
  expect(existsSync(where.file("asked"))).toBe(false);
  const newer = { ...locked.packages, "node_modules/a": { version: "1.0.1", integrity: "sha512-b" } };
  where.place("package-lock.json", JSON.stringify({ packages: newer }));
  expect((await bootstrap(where, ["test"])).exitCode).toBe(69);
});

test("an install that fails shows npm's words and stops", async () => {
  await using where = await workspace('console.log("not reached");');
  where.place("node_modules/.package-lock.json", JSON.stringify({ packages: {} }));
  where.place("npm.js", 'console.error("npm error no network"); process.exit(1);');
  const { exitCode, stdout, stderr } = await bootstrap(where, ["test"]);
  expect(exitCode).toBe(69);
  expect(stdout).not.toContain("not reached");
  expect(stderr).toMatch(/^npm error no network\nmuster: the packages could not be installed/);
});

test("an old Node hands over to the one that npm installed, or says in one sentence what to do", async () => {
  await using where = await workspace("console.log(process.execPath);");
  const old = { flags: ["--import", oldNode] };
  const refused = await bootstrap(where, ["test"], old);
  expect(refused.exitCode).toBe(69);
  expect(refused.stderr).toMatch(/^muster: Node\.js 24 or newer is needed, this is 20\.1\.0[^\n]*\n$/);
  const bundled = `node_modules/node-linux-${process.arch}/bin/node`;
  where.place(bundled, "");
  copyFileSync(process.execPath, where.file(bundled));
  expect((await runProgram(["chmod", "+x", where.file(bundled)])).exitCode).toBe(0);
  expect((await bootstrap(where, ["test"], old)).stdout).toBe(`${where.file(bundled)}\n`);
});

test("a signal reaches the program, and its own exit code comes back", async () => {
  await using where = await workspace(
    "process.on('SIGTERM', () => process.exit(5)); setInterval(() => {}, 1e6); console.log('up');",
  );
  await using program = await startProgram([process.execPath, where.file("scripts/bootstrap.mjs"), "test"]);
  await program.says(/up/);
  expect(await program.stop("SIGTERM")).toEqual({ code: 5, signal: null });
});

test("an unknown command names the known ones", async () => {
  await using where = await workspace("");
  const { exitCode, stderr } = await bootstrap(where, ["tset"]);
  expect(exitCode).toBe(69);
  expect(stderr).toBe('muster: unknown command "tset"; there are: start, test, check, build, bench.\n');
});

test("nothing is compiled at an install, also where a package would like to be", () => {
  const root = dirname(import.meta.dirname);
  expect(readFileSync(join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
  };
  const willing = Object.keys(packages).filter(
    (path) => packages[path]?.hasInstallScript && existsSync(join(root, path)),
  );
  expect(willing).toContain("node_modules/ssh2");
  for (const path of willing)
    expect(readdirSync(join(root, path), { recursive: true }).filter((file) => String(file).endsWith(".node"))).toEqual(
      [],
    );
});
