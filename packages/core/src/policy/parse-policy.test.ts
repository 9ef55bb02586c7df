import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { durationMs, parsePolicy } from "./parse-policy.ts";
import type { Tree } from "./parse-policy.ts";

const restart = (names: Tree): Tree => ({
  version: "1",
  allow: [{ action: "service.restart", driver: "systemd", names }],
});
const problemsOf = (tree: Tree): readonly string[] => {
  const parsed = parsePolicy(tree);
  return parsed.ok ? [] : parsed.problems;
};

describe("a policy file", () => {
  test("with every kind of entry is understood", () => {
    const parsed = parsePolicy({
      version: "1",
      allow: [
        { action: "service.restart", driver: "systemd", names: ["nginx.service", "app@1.service"], max: "6/1h" },
        { action: "process.kill", users: ["app"], signals: ["TERM", "KILL"], max: "20/1h" },
        {
          action: "script.run",
          name: "rotate-logs",
          exec: "/usr/local/lib/muster/rotate",
          args: [{ name: "days", type: "int", min: "1", max: "90" }],
          timeout: "60s",
        },
        { action: "host.reboot", minInterval: "10m", require: "operator" },
      ],
      probe: {
        ...{ tcp: ["10.0.0.5:5432"], http: [], icmp: [], tunnel: [] },
        exec: { disk: ["/usr/lib/nagios/plugins/check_disk", "-w", "10%", "-p", "/", ""], age: ["/usr/local/bin/age"] },
      },
    });
    expect(parsed).toMatchObject({
      ok: true,
      policy: {
        allow: [
          {
            action: "service.restart",
            names: ["nginx.service", "app@1.service"],
            max: { count: 6, windowMs: 3_600_000 },
          },
          { action: "process.kill", signals: ["TERM", "KILL"] },
          { action: "exec.run", timeoutMs: 60_000, args: [{ name: "days", type: "int", min: 1, max: 90 }] },
          { action: "server.reboot", minIntervalMs: 600_000, require: "operator" },
        ],
        probe: {
          tcp: ["10.0.0.5:5432"],
          exec: [
            { name: "disk", argv: ["/usr/lib/nagios/plugins/check_disk", "-w", "10%", "-p", "/", ""] },
            { name: "age", argv: ["/usr/local/bin/age"] },
          ],
        },
      },
    });
  });

  test.each([
    ["a version it does not know", { version: "2" }, "version: must be 1"],
    ["an unknown field", { version: "1", alow: [] }, "alow: unknown field"],
    [
      "an unknown field in an entry",
      { version: "1", allow: [{ action: "host.reboot", now: "yes" }] },
      "allow[0].now: unknown field",
    ],
    [
      "an action that does not exist",
      { version: "1", allow: [{ action: "service.destroy" }] },
      "allow[0].action: is not an action Muster knows",
    ],
    [
      "a missing condition",
      { version: "1", allow: [{ action: "service.stop", driver: "systemd" }] },
      "allow[0].names: is needed for service.stop",
    ],
    ["an empty list of names", restart([]), "allow[0].names: must not be empty"],
    [
      "a shell without an operator",
      { version: "1", allow: [{ action: "shell" }] },
      "allow[0].require: is needed for shell",
    ],
    [
      "a script outside an absolute path",
      { version: "1", allow: [{ action: "script.run", name: "x", exec: "bin/x" }] },
      "allow[0].exec: must be an absolute path without ..",
    ],
    ["text in place of a map", "allow everything", "the file must be a map"],
  ])("with %s is refused whole, naming the place", (_what, tree: Tree, problem) => {
    expect(problemsOf(tree)).toContain(problem);
  });

  test.each([
    "*",
    "ssh*",
    "[a-z]*",
    "a?c",
    "{a,b}",
    "-H",
    "--root=/",
    "a b",
    "a;b",
    "a\nb",
    "$(x)",
    "a/../b",
    "",
    "ｎginx",
    "a\0b",
  ])("CM-02 CM-03 with the name %j is refused: only exact names, no pattern and no option", (name) => {
    expect(problemsOf(restart([name]))).toContain("allow[0].names[0]: must be an exact name, no pattern");
  });

  test.each<[string, Tree, string]>([
    ["a list", ["/bin/true"], "probe.exec: must be a map of names, each with a program and its arguments"],
    ["a text", { a: "/bin/true --x" }, "probe.exec.a: must be a list"],
    ["nothing to run", { a: [] }, "probe.exec.a[0]: must be an absolute path without .."],
    ["a program by its name", { a: ["true"] }, "probe.exec.a[0]: must be an absolute path without .."],
    ["a way up", { a: ["/usr/../bin/sh"] }, "probe.exec.a[0]: must be an absolute path without .."],
    ["a control character", { a: ["/bin/echo", "a\nb"] }, "probe.exec.a[1]: must be text of one line"],
    ["a map as an argument", { a: ["/bin/echo", { x: "y" }] }, "probe.exec.a[1]: must be text of one line"],
    ["a name with a space", { "a b": ["/bin/true"] }, "probe.exec.a b: is not an exact name"],
    ["a name like an option", { "-a": ["/bin/true"] }, "probe.exec.-a: is not an exact name"],
    ["a name with ..", { "a..b": ["/bin/true"] }, "probe.exec.a..b: is not an exact name"],
  ])("[PO20] with %s as programs of probes is refused whole", (_what, exec, problem) => {
    expect(problemsOf({ version: "1", probe: { exec } })).toContain(problem);
  });

  test("reports every problem at once", () => {
    expect(problemsOf({ version: "3", alow: [], probe: { tcp: ["no port"] } })).toHaveLength(3);
  });

  test("that is any tree at all never throws", () => {
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.string(),
        fc.constant(null),
        fc.array(tie("tree")),
        fc.dictionary(fc.string(), tie("tree")),
      ),
    }));
    fc.assert(fc.property(tree, (value) => typeof parsePolicy(value).ok === "boolean"));
  });
});

test("durations are a whole number and a unit", () => {
  expect(["10m", "60s", "1h", "500ms", "2d"].map(durationMs)).toEqual([600_000, 60_000, 3_600_000, 500, 172_800_000]);
  expect(["", "10", "m", "-1m", "1.5h", "0s", "1 h", "10m\n"].map(durationMs)).toEqual(Array(8).fill(undefined));
});
