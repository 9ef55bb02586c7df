import { describe, expect, test } from "vitest";
import { PROMETHEUS_LIMITS, parsePrometheusText } from "./prometheus-text.ts";
import { PullTextError } from "./pull-text.ts";

const isWanted = (name: string): boolean => name.startsWith("a");
const parse = (text: string) => parsePrometheusText(text, isWanted, isWanted);

describe("Prometheus' text format", () => {
  test("[PL40] has series with and without labels, spaces, escapes and times", () => {
    const found = parse(
      [
        "# HELP a Something: # TYPE a counter in words.",
        "# TYPE a counter",
        "# any comment",
        "#",
        "",
        "a 1",
        "a{} 2\t",
        'a { b = "x" , c="" , } 3 1700000000000',
        'a{b="\\"}\\\\ \\n{"} 4',
        "  ",
        'b{never="wanted"} 5',
        "a:b_c1 6",
        "",
      ].join("\n"),
    );
    expect(found.series("a")).toEqual([
      { labels: {}, value: 1 },
      { labels: {}, value: 2 },
      { labels: { b: "x", c: "" }, value: 3 },
      { labels: { b: '"}\\ \n{' }, value: 4 },
    ]);
    expect(found.value("a:b_c1")).toBe(6);
    expect(found.names()).toEqual(["a", "a:b_c1"]);
    expect([found.type("a"), found.type("a:b_c1")]).toEqual(["counter", undefined]);
    expect([found.series("b"), found.value("b")]).toEqual([[], undefined]);
  });

  test.each([
    ["1", 1],
    ["-0.5", -0.5],
    ["+3.", 3],
    [".5", 0.5],
    ["1.3e+10", 1.3e10],
    ["2.5E-07", 2.5e-7],
    ["NaN", Number.NaN],
    ["+Inf", Number.POSITIVE_INFINITY],
    ["-Inf", Number.NEGATIVE_INFINITY],
  ])("[PL40] has the number %s", (text, value) => expect(parse(`a ${text}\n`).series("a")[0]?.value).toBe(value));

  test("[PL1] has no value where it is no number", () => {
    expect(parse("a NaN\n").value("a")).toBeUndefined();
    expect(parse("a +Inf\n").value("a")).toBeUndefined();
  });

  test.each([
    "a 1",
    "a\n",
    "a \n",
    "a one\n",
    "a 0x10\n",
    "a 1_000\n",
    "a 1 2 3\n",
    "a 1 now\n",
    "a 1 # comment\n",
    "1a 1\n",
    "-a 1\n",
    "a-b 1\n",
    'a{b="c" 1\n',
    'a{b="c"}\n',
    'a{b="c} 1\n',
    "a{b=c} 1\n",
    'a{1b="c"} 1\n',
    'a{b="c""d"} 1\n',
    'a{b="c" c="d"} 1\n',
    "a{,} 1\n",
    'a{b="\\x"} 1\n',
    'a{b="\\"} 1\n',
    'a{b="1",b="2"} 1\n',
    'a{__proto__="x"} 1\n',
    'a{b="c"}} 1\n',
    'a{b="over two\nlines"} 1\n',
    " a 1\n",
    "a +-1\n",
    "a 1e5e5\n",
    "a e5\n",
    "a Infinity\n",
    'a{b:c="d"} 1\n',
    "# TYPE a speed\n",
    "<html>\n",
    'b{c="not wanted, but broken} 1\n',
    "b not-wanted\n",
  ])("[PL40] refuses %j, and says where", (text) => {
    expect(() => parse(text)).toThrow(PullTextError);
    expect(() => parse(`a 1\n${text}`)).toThrow(/line 2|cut/);
  });

  test("[PL40] has bounds: characters, lines, length of a line, labels", () => {
    const { charactersMax, linesMax, lineCharactersMax, labelsMax } = PROMETHEUS_LIMITS;
    expect(() => parse(`a 1\n${" ".repeat(charactersMax)}\n`)).toThrow("more than");
    expect(() => parse("\n".repeat(linesMax + 1))).toThrow("lines");
    expect(() => parse(`# ${"x".repeat(lineCharactersMax)}\n`)).toThrow("line 1 is longer");
    const labels = (count: number): string => Array.from({ length: count }, (_, at) => `l${at}="x"`).join(",");
    expect(parse(`a{${labels(labelsMax)}} 1\n`).series("a")).toHaveLength(1);
    expect(() => parse(`a{${labels(labelsMax + 1)}} 1\n`)).toThrow("too many labels");
  });

  test("[PL5] quotes at most a part of a line, without control characters", () => {
    const message = (text: string): string => {
      try {
        parse(text);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    const said = message(`a{\u001b[31m${"x".repeat(5_000)}\n`);
    expect(said.length).toBeLessThan(200);
    expect(said).not.toContain("\u001b");
  });
});
