import { expect, test } from "vitest";
import { layOutServices } from "./layout.ts";
import { RowOrder } from "../fleet/row-order.ts";
import { compareServices } from "./order.ts";
import type { ServiceSort } from "./order.ts";
import type { Service } from "./services-view.ts";
import { countServices } from "./service-state.ts";
import { testService } from "./test-service.ts";

const by = (key: ServiceSort["key"], descending = false): ServiceSort => ({ key, descending });
const names = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name);

test("trouble comes first, and what runs badly before what stands still on purpose", () => {
  const services = [
    testService({ name: "well", health: "healthy" }),
    testService({ name: "stopped", state: "stopped" }),
    testService({ name: "ill", health: "unhealthy" }),
    testService({ name: "paused", state: "paused" }),
    testService({ name: "dead", state: "failed" }),
  ];
  expect(names(services.toSorted(compareServices(by("state"))))).toEqual(["dead", "ill", "paused", "well", "stopped"]);
});

test("[UI9] the unknown comes last either way, and equals keep the order of their names", () => {
  const services = [
    testService({ name: "b", cpuRatio: 0.1 }),
    testService({ name: "c", cpuRatio: null }),
    testService({ name: "a10", cpuRatio: 0.5 }),
    testService({ name: "a9", cpuRatio: 0.5 }),
  ];
  expect(names(services.toSorted(compareServices(by("cpu"))))).toEqual(["b", "a9", "a10", "c"]);
  expect(names(services.toSorted(compareServices(by("cpu", true))))).toEqual(["a9", "a10", "b", "c"]);
});

test("[UI27] channels are sorted by what they send; those that send nothing known come last", () => {
  const services = [
    testService({ name: "1", framesPerSecond: 25, bytesPerSecond: 500_000 }),
    testService({ name: "2", framesPerSecond: null, bytesPerSecond: null }),
    testService({ name: "3", framesPerSecond: 0, bytesPerSecond: 0 }),
    testService({ name: "4" }),
    testService({ name: "5", framesPerSecond: 50, bytesPerSecond: 400_000 }),
  ];
  expect(names(services.toSorted(compareServices(by("frameRate", true))))).toEqual(["5", "1", "3", "2", "4"]);
  expect(names(services.toSorted(compareServices(by("bitRate"))))).toEqual(["3", "5", "1", "2", "4"]);
});

test("[UI9] live values move no row under the pointer, and otherwise only after a while", () => {
  const order = new RowOrder<Service>();
  const at = (first: number, second: number) => [
    testService({ name: "x", cpuRatio: first }),
    testService({ name: "y", cpuRatio: second }),
  ];
  const compare = compareServices(by("cpu", true));
  expect(names(order.arrange(at(2, 1), "", compare, 0))).toEqual(["x", "y"]);
  expect(names(order.arrange(at(1, 2), "", compare, 1_000))).toEqual(["x", "y"]);
  order.setPointerInside(true);
  expect(names(order.arrange(at(1, 2), "", compare, 60_000))).toEqual(["x", "y"]);
  order.setPointerInside(false);
  expect(names(order.arrange(at(1, 2), "", compare, 60_000))).toEqual(["y", "x"]);
});

test("groups come by name with what is in them counted, those without one last", () => {
  const services = [
    testService({ name: "a", kind: "" }),
    testService({ name: "b", kind: "worker", state: "failed" }),
    testService({ name: "c", kind: "backend", health: "unhealthy" }),
  ];
  const lines = layOutServices(services, "kind").map((item) =>
    item.is === "group" ? `${item.name}: ${item.counts.failed} ${item.counts.unhealthy}` : item.service.name,
  );
  expect(lines).toEqual(["backend: 0 1", "c", "worker: 1 0", "b", ": 0 0", "a"]);
  expect(countServices(services)).toMatchObject({ total: 3, failed: 1, unhealthy: 1, running: 2 });
});
