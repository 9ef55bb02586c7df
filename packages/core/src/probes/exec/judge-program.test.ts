import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSettings } from "../fields.ts";
import { PROBE_KINDS } from "../kinds.ts";
import { boundedResult } from "../probe-result.ts";
import { judgeProgram } from "./judge-program.ts";
import type { ProgramEnd } from "./judge-program.ts";
import { readProgramOutput } from "./program-output.ts";

const NAGIOS = { healthyCodes: "0", degradedCodes: "1", slowMs: 0 };
const ended = (end: Partial<ProgramEnd>): ProgramEnd => ({ exitCode: 0, stdout: "", stderr: "", isCut: false, ...end });
const judged = (end: Partial<ProgramEnd>, settings: Partial<typeof NAGIOS> = {}, tookMs = 12) =>
  boundedResult(judgeProgram(ended(end), { ...NAGIOS, ...settings }, tookMs));
const numbersIn = (stdout: string, isCut = false) => Object.fromEntries(readProgramOutput(stdout, isCut).metrics);

describe("the exit code of a program", () => {
  test.each([
    [0, {}, "healthy", "all well"],
    [1, {}, "degraded", "all well (exit 1)"],
    [2, {}, "unhealthy", "all well (exit 2)"],
    [3, {}, "unknown", "all well (exit 3)"],
    [4, {}, "unhealthy", "all well (exit 4)"],
    [127, {}, "unhealthy", "all well (exit 127)"],
    [null, {}, "unhealthy", "all well (ended by a signal)"],
    [1, { degradedCodes: "none" }, "unhealthy", "all well (exit 1)"],
    [3, { degradedCodes: "1, 3" }, "degraded", "all well (exit 3)"],
    [7, { healthyCodes: "0 7" }, "healthy", "all well"],
    [0, { healthyCodes: "none" }, "unhealthy", "all well (exit 0)"],
    // What is in both lists is told.
    [0, { degradedCodes: "0" }, "degraded", "all well (exit 0)"],
  ] as const)("[PB16] %s with %o is %s", (exitCode, settings, health, detail) => {
    expect(judged({ exitCode, stdout: "all well\n" }, settings)).toMatchObject({ health, detail, tookMs: 12 });
  });

  test("[PB16] stands for a line where nothing was said, and errors do where nothing else was", () => {
    expect(judged({}).detail).toBe("exit 0");
    expect(judged({ exitCode: 2, stderr: "\n no such disk\nmore\n" }).detail).toBe("no such disk (exit 2)");
    expect(judged({ exitCode: 2, stdout: "\n\n \n" }).detail).toBe("exit 2");
  });

  test("[PB16] is degraded by a time that is too long, and healthy by one that is not", () => {
    expect(judged({ stdout: "well" }, { slowMs: 10 })).toMatchObject({
      health: "degraded",
      detail: "12 ms instead of at most 10 ms",
    });
    expect(judged({ stdout: "well" }, { slowMs: 20 }).health).toBe("healthy");
  });
});

describe("the output of a program", () => {
  test("[PB17] has a line for people, and numbers by their names", () => {
    const result = judged({ stdout: "queue=12\nqueue is short\nage_seconds=0.5\njobs_total=7\nno number=1\n" });
    expect(result.detail).toBe("queue is short");
    expect(result.samples).toEqual([
      { metric: "custom_queue", value: 12 },
      { metric: "custom_age_seconds", value: 0.5 },
      { metric: "custom_jobs_total", value: 7 },
    ]);
    expect(result.report.tables[0]?.rows[0]).toEqual(["custom_queue", 12]);
    expect(judged({ stdout: "only=1\n" }).detail).toBe("exit 0");
  });

  test("[PB17] of a Nagios plugin has its numbers after the bar", () => {
    expect(
      numbersIn(
        "DISK OK - free | /var=2643MB;5948;5958;0;5968 'swap used'=12%;80;90 load1=0.25;;;0 time=1.5e-3s packets=99c |\n" +
          "long text with a=1 in it\nmore | users=-4;1;2 'it is'=U bad= =1 rta=.5ms",
      ),
    ).toEqual({
      custom_var: 2643,
      custom_swap_used: 12,
      custom_load1: 0.25,
      custom_time: 0.0015,
      custom_packets_total: 99,
      custom_users: -4,
      custom_rta: 0.5,
    });
    expect(judged({ stdout: "DISK OK - free | /var=2643MB;1;2\n" }).detail).toBe("DISK OK - free");
  });

  test("[PB17] gives at most 32 numbers that are finite, under names that a metric may have", () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `m${index}=${index}`);
    expect(Object.keys(numbersIn(many.join("\n")))).toHaveLength(32);
    expect(Object.keys(numbersIn(`x | ${many.join(" ")}`))).toHaveLength(32);
    expect(numbersIn("a=NaN\nb=Infinity\nc=1e999\nd=0x10\nA=1\n__proto__=1\nx y=1\nx-y=1\n=1\n")).toEqual({});
    expect(numbersIn("x | '=1 ''=1 /=5 é=1 1min=2 -=1")).toEqual({});
  });

  test("[PB17] that was cut gives no half number", () => {
    expect(numbersIn("a=1\nb=123", true)).toEqual({ custom_a: 1 });
    expect(numbersIn("a=1\nb=123", false)).toEqual({ custom_a: 1, custom_b: 123 });
    const cut = judged({ stdout: "said without an end", isCut: true });
    expect(cut).toMatchObject({ health: "healthy", detail: "said without an end" });
    expect(cut.report.facts).toContainEqual({ key: "outputCut", value: true });
  });

  test("[PB11] [PB17] is text without controls and bounded, whatever it is", () => {
    expect(judged({ stdout: "\u001b[31mred\u001b[0m\u0000\u202eback\r\n" }).detail).toBe("[31mred [0m back");
    expect(judged({ exitCode: 2, stdout: "x".repeat(100_000) }).detail).toBe(`${"x".repeat(250)} (exit 2)`);
    const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(anyText, anyText, fc.boolean(), (stdout, stderr, isCut) => {
        const { detail, samples } = judged({ stdout, stderr, isCut });
        expect(detail.length).toBeLessThanOrEqual(300);
        expect(detail).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(samples.length).toBeLessThanOrEqual(32);
      }),
    );
  });

  test("[DS-03] is read in a time that grows with its length, whatever stands in it", () => {
    for (const piece of ["a=", "'", "' ", "=1", "a=1;", "|", "1.", " a", "'a'=1 ", "\n"])
      readProgramOutput(`x|${piece.repeat(16 * 1024)}`, false);
  }, 2_000);
});

describe("the settings of a program's probe", () => {
  const problemsOf = (settings: Record<string, unknown>) => {
    const parsed = parseSettings(PROBE_KINDS.exec.fields, settings);
    return parsed.ok ? {} : parsed.problems;
  };

  test.each(["backup-age", "check_disk", "app@1.service", "a", "Disk:root"])("take the name %s", (program) => {
    expect(problemsOf({ program })).toEqual({});
  });

  test.each([
    "",
    "..",
    "../../bin/sh",
    "/bin/sh",
    "a b",
    "-c",
    "--help",
    "a;reboot",
    "$(reboot)",
    "`id`",
    "a|b",
    "a\nb",
    "a\0b",
    "*",
    "ｎame",
    "x".repeat(256),
    ["a"],
    { name: "a" },
    7,
  ])("[CM-01] [CM-03] refuse the name %j", (program) => {
    expect(Object.keys(problemsOf({ program }))).toEqual(["program"]);
  });

  test("refuse arguments, and a list of codes that is none", () => {
    expect(problemsOf({ program: "a", args: ["-x"] })).toEqual({ args: "is no setting of this kind" });
    for (const healthyCodes of ["256", "-1", "0,", "a", "0;1", "0..3", "1e1"])
      expect(problemsOf({ program: "a", healthyCodes }), healthyCodes).toHaveProperty("healthyCodes");
    for (const degradedCodes of ["none", "0", "1,2 ,3", "255"])
      expect(problemsOf({ program: "a", degradedCodes }), degradedCodes).toEqual({});
  });
});
