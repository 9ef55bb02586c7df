import { expect, test } from "vitest";
import { oneService, servicesCalled } from "../src/services/selection.ts";
import { serviceOf } from "./fleet.ts";

const SERVICES = [
  serviceOf(1, "app@1.service@web-1"),
  serviceOf(2, "app@1.service@web-2"),
  serviceOf(3, "app@web-1", "container"),
  serviceOf(4, "app@web-1", "process"),
  serviceOf(5, "nginx.service@web-1"),
  serviceOf(6, "nginx@web-1", "container"),
  serviceOf(7, "anna:notes.service@web-1", "systemd-user"),
];
const called = (operand: string): readonly string[] =>
  servicesCalled(operand, SERVICES).map(({ name, server, driver }) => `${driver}/${name}@${server}`);

test.each([
  ["app@1.service", ["systemd/app@1.service@web-1", "systemd/app@1.service@web-2"]],
  ["app@1.service@web-2", ["systemd/app@1.service@web-2"]],
  ["app@1@web-2", ["systemd/app@1.service@web-2"]],
  ["app", ["container/app@web-1", "process/app@web-1"]],
  ["app@web-1", ["container/app@web-1", "process/app@web-1"]],
  ["nginx.service", ["systemd/nginx.service@web-1"]],
  // The whole name comes before one with `.service` left out.
  ["nginx", ["container/nginx@web-1"]],
  ["anna:notes", ["systemd-user/anna:notes.service@web-1"]],
  ["App", []],
  ["", []],
])("%j names %j", (operand, services) => {
  expect(called(operand)).toEqual(services);
});

test("of many that match, twenty are named and the rest counted", () => {
  const many = Array.from({ length: 30 }, (_, index) => serviceOf(index + 1, `app@web-${index + 1}`));
  expect(() => oneService("app", many)).toThrow(/app@web-20 \(systemd\), and 10 more\. Say which/);
});
