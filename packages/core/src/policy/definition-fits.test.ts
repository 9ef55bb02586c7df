import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { definitionProblem } from "./definition-fits.ts";
import type { PolicyEntry } from "./policy.ts";

/** Any UTF-16 unit, lone surrogates and controls among them. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));

const entry: PolicyEntry = {
  action: "service.define",
  driver: "process",
  names: ["shop"],
  programs: ["/usr/bin/node", "/usr/bin/true"],
  users: ["shop"],
};
const good = {
  command: ["/usr/bin/node", "any", "argument; at all"],
  user: "shop",
  environment: { PORT: "80" },
  secrets: ["TOKEN"],
  checks: [
    { target: { by: "exec", command: ["/usr/bin/true"] } },
    { target: { by: "http", url: "http://127.0.0.1/" } },
  ],
};
const problem = (change: object): string | undefined =>
  definitionProblem(entry, JSON.stringify({ ...good, ...change }));

describe("a definition that the hub sends", () => {
  test("fits when its programs, its user and its variables are all named", () => {
    expect(problem({})).toBeUndefined();
    expect(problem({ user: null })).toBeUndefined();
    expect(problem({ secrets: { TOKEN: "value" } })).toBeUndefined();
    expect(definitionProblem(entry, JSON.stringify({ command: ["/usr/bin/true"] }))).toBeUndefined();
  });

  test("may say what a program is to do, as long as it stays the same program", () => {
    const environment = { NODE_ENV: "production", PYTHONUNBUFFERED: "1", LOG_LEVEL: "info", RAILS_ENV: "production" };
    expect(problem({ environment })).toBeUndefined();
  });

  test.each([
    [["/usr/bin/bash"]],
    [["node"]],
    [["/usr/bin/node "]],
    [["/usr/bin/../bin/node"]],
    [["/usr/bin/node\n"]],
    [["/usr/bin/NODE"]],
    [[]],
    ["/usr/bin/node"],
    [{ 0: "/usr/bin/node" }],
    [[["/usr/bin/node"]]],
    [null],
  ])("[CM-04] with the command %j does not: programs are exact texts", (command) => {
    expect(problem({ command })).toBe("its program is none of programs");
    expect(problem({ checks: [{ target: { by: "exec", command } }] })).toBe(
      "the program of a check is none of programs",
    );
  });

  test.each(["root", "", "shop\n", 0, false, ["shop"], {}])("[CM-04] as the user %j does not", (user) => {
    expect(problem({ user })).toBe("its user is none of users");
  });

  test.each([
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "ld_preload",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PATH",
    "BASH_ENV",
    "PYTHONSTARTUP",
    "PERL5OPT",
    "RUBYOPT",
    "GIT_SSH_COMMAND",
    "JAVA_TOOL_OPTIONS",
    "GLIBC_TUNABLES",
    "DOTNET_STARTUP_HOOKS",
    "CORECLR_ENABLE_PROFILING",
    "CORECLR_PROFILER_PATH",
    "COR_PROFILER",
    "COMPlus_ReadyToRun",
    "OPENSSL_CONF",
    "OPENSSL_MODULES",
    "OPENSSL_ENGINES",
    "ERL_FLAGS",
    "ERL_AFLAGS",
    "ERL_ZFLAGS",
    "ZDOTDIR",
    "BUN_OPTIONS",
  ])("[CM-07] with the variable %s does not, set openly or as a secret", (name) => {
    expect(problem({ environment: { [name]: "x" } })).toContain(name);
    expect(problem({ secrets: [name] })).toContain(name);
    expect(problem({ secrets: { [name]: "x" } })).toContain(name);
  });

  test.each(["A=LD_PRELOAD", "A B", "", "1A", "A\0", "BASH_FUNC_x%%", "Ä"])(
    "[CM-07] with the variable %j does not",
    (name) => {
      expect(problem({ environment: { [name]: "x" } })).toBe("a variable's name is not understood");
    },
  );

  test.each([
    { environment: null },
    { environment: [] },
    { checks: {} },
    { checks: [{}] },
    { checks: [null] },
    { secrets: 1 },
    { secrets: [1] },
  ])("with %j is not understood, so it does not fit", (change) => expect(problem(change)).toMatch(/not understood/));

  test("[CM-05] is never let through when it is anything but what the entry names", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.integer(), fc.constant(undefined)), (text) => {
        expect(definitionProblem(entry, text)).toBeDefined();
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: anyUnit }), (program) => {
        expect(problem({ command: [program] }) === undefined).toBe(entry.programs!.includes(program));
      }),
    );
  });
});
