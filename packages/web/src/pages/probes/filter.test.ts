import { expect, test } from "vitest";
import { fieldOf, withField } from "../../fleet/filter.ts";
import { parseProbeFilter } from "./filter.ts";
import { testProbe } from "../../probes/test-probe.ts";

const DAY = 86_400_000;
const NOW = 1_000 * DAY;
const PROBES = [
  testProbe({
    name: "Shop",
    tags: ["prod", "eu:west"],
    about: { serverId: "1", name: "web-1", service: { id: null, driver: "systemd", name: "nginx" } },
    certificateUntil: NOW + 9 * DAY,
  }),
  testProbe({ name: "API", health: "unhealthy", tookMs: 900, via: { serverId: "2", name: "gate" } }),
  testProbe({ name: "Old", health: "unhealthy", state: "paused", tookMs: null }),
  testProbe({ name: "Port", kind: "tcp", target: "10.0.0.9:22", maintenanceUntil: NOW + 1 }),
];
const found = (text: string): readonly string[] => {
  const { matches } = parseProbeFilter(text);
  return PROBES.filter((probe) => matches(probe, NOW)).map(({ name }) => name);
};

test.each([
  ["", ["Shop", "API", "Old", "Port"]],
  ["shop", ["Shop", "API", "Old"]],
  ["name:shop", ["Shop"]],
  ["unhealthy", ["API"]],
  ["health:healthy", ["Shop", "Port"]],
  ["paused", ["Old"]],
  ["maintenance", ["Port"]],
  ["kind:tcp", ["Port"]],
  ["-kind:http", ["Port"]],
  ["tag:prod", ["Shop"]],
  ["tag:eu*", ["Shop"]],
  ["about:web-1", ["Shop"]],
  ["about:nginx", ["Shop"]],
  ["nginx", ["Shop"]],
  ["via:gate", ["API"]],
  ["target:10.0", ["Port"]],
  ["took>200", ["API"]],
  ["cert<14", ["Shop"]],
  ["eu:west", ["Shop"]],
  ["unhealthy kind:http", ["API"]],
])("%s finds %j", (text, names) => {
  expect(found(text)).toEqual(names);
});

test("words that look like a field and are none are told, and match nothing", () => {
  for (const text of ["health:fine", "took>soon", "kind:"]) {
    expect(parseProbeFilter(text).wrong, text).toEqual([text]);
    expect(found(text), text).toEqual([]);
  }
});

test("names that every object has are no fields", () => {
  expect(found("constructor:shop")).toEqual([]);
});

test("a choice of kind or tag is a word of the same filter", () => {
  expect(fieldOf("shop kind:http", "kind")).toBe("http");
  expect(fieldOf("shop", "tag")).toBeUndefined();
  expect(withField('kind:http "a b"', "kind", "tcp")).toBe('"a b" kind:tcp');
  expect(withField("tag:prod shop", "tag", undefined)).toBe("shop");
});
