import { bareStatus, fittedStatus, parseDefinition } from "@muster/core";
import type { ServiceStatus } from "@muster/core";
import { expect, test } from "vitest";
import { wireServiceSchema } from "./frame-schemas.ts";

const long = "x".repeat(5_000);
const status = (change: Partial<ServiceStatus>): ServiceStatus => ({
  ...bareStatus({ driver: "container", name: "web" }),
  ...change,
});
const isAccepted = (service: ServiceStatus | undefined): boolean =>
  wireServiceSchema.safeParse({ ...service, granted: [], isLogGranted: false, defined: null }).success;

test("[PR80] whatever a driver says of a service, the hub accepts it as it is told", () => {
  const ports = Array.from({ length: 101 }, (_, index) => 8_000 + index);
  for (const change of [
    { description: long },
    { rawState: long },
    { healthDetail: long },
    { run: long },
    { lastExit: { code: 1, signal: long, detail: long } },
    { enabled: long },
    { restartPolicy: long },
    { ports },
    { urls: [`http://${long}/`, ...ports.map((port) => `http://a:${port}/`)] },
    { kind: long },
    { group: long },
  ]) {
    expect(isAccepted(status(change)), Object.keys(change).join()).toBe(false);
    expect(isAccepted(fittedStatus(status(change))), Object.keys(change).join()).toBe(true);
  }
  expect(fittedStatus(status({ ports }))!.ports).toEqual(ports.slice(0, 64));
  const plain = status({ run: null, ports: [80], urls: ["http://a/"] });
  expect(fittedStatus(plain)).toEqual(plain);
});

test("[PR80] a service whose name is too long is not told at all", () => {
  expect(fittedStatus(status({ name: "n".repeat(256) }))).toBeDefined();
  expect(fittedStatus(status({ name: `anna:${"n".repeat(252)}` }))).toBeUndefined();
});

test("[SV20] all ports and addresses that a definition may have are told", () => {
  const urls = Array.from({ length: 32 }, (_, index) => `http://a/${index}`.padEnd(2_048, "x"));
  const ports = Array.from({ length: 64 }, (_, index) => 8_000 + index);
  const parsed = parseDefinition({ name: "web", command: ["/usr/bin/true"], urls, ports }, "file");
  if (!parsed.ok) throw new Error(parsed.problems.join());
  const told = fittedStatus(status({ urls: parsed.definition.urls, ports: parsed.definition.ports }));
  expect([told!.urls, told!.ports, isAccepted(told)]).toEqual([urls, ports, true]);
});
