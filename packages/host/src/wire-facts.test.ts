import type { MachineFacts } from "@muster/core";
import { factsSchema } from "@muster/protocol";
import { expect, test } from "vitest";
import { wireFacts } from "./wire-facts.ts";

const machine: MachineFacts = {
  hostName: "web-1",
  osName: null,
  osVersion: null,
  osId: null,
  kernel: null,
  architecture: "x86_64",
  cpuModel: null,
  cpuCount: 2,
  cpuLimitCores: null,
  memoryBytes: null,
  swapBytes: null,
  virtualisation: null,
  container: null,
  bootId: null,
  startedAt: null,
  addresses: [],
  externalAddress: null,
  sources: { cpuCount: "/proc/cpuinfo" },
};

test("the external address is told only when it is given, and only when it is a public one", () => {
  const told = (address: string | undefined) => wireFacts(machine, "24.0.0", address).externalAddress;
  expect([undefined, "10.0.0.1", "127.0.0.1", "fd00::1", "<img>", "198.51.101.7", "2a01:4f8::1"].map(told)).toEqual([
    null,
    null,
    null,
    null,
    null,
    "198.51.101.7",
    "2a01:4f8::1",
  ]);
});

test("facts have the form the hub takes, with the source of each", () => {
  const facts = wireFacts(machine, "24.0.0", "198.51.101.7");
  expect(factsSchema.safeParse(facts).success).toBe(true);
  expect(facts.sources).toEqual({ cpuCount: "/proc/cpuinfo", externalAddress: "seen by the hub" });
});
