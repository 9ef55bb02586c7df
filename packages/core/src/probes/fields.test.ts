import fc from "fast-check";
import { expect, test } from "vitest";
import { parseSettings } from "./fields.ts";
import { PROBE_KIND_NAMES, probeEntry } from "./kinds.ts";

const FIELDS = {
  host: { is: "text", form: "host", charactersMax: 20 },
  note: { is: "text", form: "any", charactersMax: 10, block: true, default: "" },
  port: { is: "number", unit: "port", least: 1, most: 65_535, default: 80 },
  share: { is: "number", unit: "ratio", least: 0, most: 1, default: 0.5 },
  way: { is: "choice", of: ["one", "other"], default: "one" },
  loud: { is: "flag", default: false },
  headers: { is: "lines", form: "header", itemsMax: 2, charactersMax: 40 },
} as const;

test("what was left out is filled in, and what must be there is asked for", () => {
  expect(parseSettings(FIELDS, { host: "db" })).toEqual({
    ok: true,
    settings: { host: "db", note: "", port: 80, share: 0.5, way: "one", loud: false, headers: [] },
  });
  expect(parseSettings(FIELDS, {})).toEqual({ ok: false, problems: { host: "is needed" } });
});

test.each<[string, Record<string, unknown>]>([
  ["port", { port: 0 }],
  ["port", { port: 1.5 }],
  ["port", { port: "80" }],
  ["port", { port: Number.NaN }],
  ["share", { share: 1.1 }],
  ["way", { way: "third" }],
  ["loud", { loud: "yes" }],
  ["headers", { headers: ["a: b", "c: d", "e: f"] }],
  ["headers", { headers: ["X-A: b\r\nX-Evil: 1"] }],
  ["headers", { headers: "a: b" }],
  ["note", { note: "long".repeat(10) }],
  ["note", { note: "a\0b" }],
  ["host", { host: "-o" }],
  ["host", { host: "a b" }],
  ["host", { host: "a\nb" }],
  ["host", { host: 7 }],
  ["other", { other: 1 }],
  ["__proto__", JSON.parse('{"__proto__": 1}') as Record<string, unknown>],
])("[AZ-13] [SR-10] a wrong value is told by its field: %s", (field, given) => {
  const result = parseSettings(FIELDS, { host: "db", ...given, ...(field === "__proto__" && given) });
  if (field === "__proto__")
    return expect(Object.keys((result as { settings?: object }).settings ?? {})).not.toContain(field);
  expect(result).toEqual({ ok: false, problems: { [field]: expect.any(String) } });
});

test("whatever is entered, it is refused or taken, and what is taken is taken again as it is", () => {
  fc.assert(
    fc.property(fc.constantFrom(...PROBE_KIND_NAMES), fc.dictionary(fc.string(), fc.anything()), (kind, given) => {
      const parsed = parseSettings(probeEntry(kind).fields, given);
      if (parsed.ok) expect(parseSettings(probeEntry(kind).fields, parsed.settings)).toEqual(parsed);
    }),
  );
});

test.each(PROBE_KIND_NAMES)("%s is whole: defaults are valid, its target can be told", (kind) => {
  const entry = probeEntry(kind);
  const given = Object.fromEntries(
    Object.entries(entry.fields).flatMap(([name, field]) =>
      field.is !== "text" || field.default !== undefined
        ? []
        : [[name, field.form === "http-url" ? "http://a/" : field.form === "ws-url" ? "ws://a/" : "a"]],
    ),
  );
  const parsed = parseSettings(entry.fields, given);
  expect(parsed).toMatchObject({ ok: true });
  if (parsed.ok) expect(entry.target(parsed.settings as never)).not.toBe("");
  expect(entry.meaning).toMatch(/^[A-Z].*\.$/);
  expect(entry.timeoutMsDefault).toBeLessThan(entry.intervalMsDefault);
});
