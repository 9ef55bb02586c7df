import { expect, test } from "vitest";
import { applyServices, NO_SERVICES } from "./services-view.ts";
import { testService } from "./test-service.ts";

test("a whole message replaces everything; later ones change and remove, and leave the rest as it was", () => {
  const [a, b] = [testService({ name: "a" }), testService({ name: "b" })];
  const first = applyServices(NO_SERVICES, { whole: true, services: [a, b], removed: [] });
  const changed = { ...b, state: "failed" as const };
  const second = applyServices(first, { whole: false, services: [changed], removed: [] });
  expect(second.services.get("a")).toBe(a);
  expect(second.services.get("b")).toBe(changed);
  const third = applyServices(second, { whole: false, services: [], removed: ["a"] });
  expect([...third.services.keys()]).toEqual(["b"]);
});

test("a change that comes before the whole is not taken for the whole", () => {
  const view = applyServices(NO_SERVICES, { whole: false, services: [testService({ name: "a" })], removed: [] });
  expect(view.loaded).toBe(false);
  expect(view.services.size).toBe(0);
});
