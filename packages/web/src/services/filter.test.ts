import { expect, test } from "vitest";
import { parseServiceFilter } from "./filter.ts";
import { testService } from "./test-service.ts";

const services = [
  testService({ name: "nginx.service", cpuRatio: 0.6, ports: [80, 443] }),
  testService({ name: "api", driver: "process", kind: "backend", state: "failed", restarts: 7, server: "db-1" }),
  testService({
    name: "shop-1",
    driver: "container",
    group: "shop",
    health: "unhealthy",
    memoryBytes: 300 * 1_048_576,
  }),
  testService({ name: "mail-1", driver: "container", group: "shop", health: "unknown", state: "unknown" }),
];
const found = (text: string): readonly string[] =>
  services.filter(parseServiceFilter(text).matches).map(({ name }) => name);

test.each([
  ["", ["nginx.service", "api", "shop-1", "mail-1"]],
  ["NGINX", ["nginx.service"]],
  ["state:failed", ["api"]],
  ["failed", ["api"]],
  ["health:unhealthy driver:container", ["shop-1"]],
  ["-driver:container", ["nginx.service", "api"]],
  ["server:db-1", ["api"]],
  ["server:web*", ["nginx.service", "shop-1", "mail-1"]],
  ["kind:backend", ["api"]],
  ["kind:back", []],
  ["group:shop -unhealthy", ["mail-1"]],
  ["cpu>50", ["nginx.service"]],
  ["memory>=100M", ["shop-1"]],
  ["restarts>3", ["api"]],
  ["port:443", ["nginx.service"]],
])("[UI8] %j leaves what it names", (text, names) => {
  expect(found(text)).toEqual(names);
});

test("[UI8] a word that looks like a field or a comparison and is none matches nothing, and is told", () => {
  for (const text of ["state:sleepy", "health:", "cpu>lots", "color>3"]) {
    expect(parseServiceFilter(text).wrong, text).toEqual([text]);
    expect(found(text), text).toEqual([]);
  }
});
