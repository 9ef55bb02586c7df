import { expect, test } from "vitest";
import { fleetScope } from "./fleet-scope.ts";

const many = Array.from({ length: 300 }, (_, index) => `server-${index}`);

test("without a filter the hub is asked about all", () => {
  expect(fleetScope("", many)).toEqual({ fleet: "true" });
  expect(fleetScope("  ", many)).toEqual({ fleet: "true" });
});

test("what a filter leaves is named, and a large tag by its name", () => {
  expect(fleetScope("cpu>80", ["a", "b"])).toEqual({ server: "a,b" });
  expect(fleetScope("tag:prod", ["a", "b"])).toEqual({ server: "a,b" });
  expect(fleetScope("tag:prod", many)).toEqual({ tag: "prod" });
});

test("more than the hub takes by name are cut off", () => {
  for (const filter of ["cpu>1", "tag:prod*", "tag:prod online"]) {
    const scope = fleetScope(filter, many);
    expect("server" in scope && scope.server.split(","), filter).toHaveLength(200);
  }
});
