import { writeFileSync } from "node:fs";
import { freePort, temporaryDirectory } from "@muster/testkit";
import type { DataSet } from "./fleet.ts";
import { measurePeer } from "./peer.ts";
import type { Dialect } from "./peer.ts";
import { prometheus, victoriaMetrics } from "./peers.ts";
import type { StoreFigures } from "./store-figures.ts";

export async function measureVictoriaMetrics(
  set: DataSet,
  sampleFile: string,
  dialect: Dialect,
): Promise<StoreFigures | undefined> {
  await using directory = await temporaryDirectory("bench-victoria");
  const place = { address: `127.0.0.1:${await freePort()}`, dataDirectory: directory.file("data") };
  return await measurePeer(victoriaMetrics(place, dialect), set, sampleFile);
}

export async function measurePrometheus(set: DataSet, sampleFile: string): Promise<StoreFigures | undefined> {
  await using directory = await temporaryDirectory("bench-prometheus");
  const place = { address: `127.0.0.1:${await freePort()}`, dataDirectory: directory.file("data") };
  const configFile = directory.file("prometheus.yml");
  writeFileSync(configFile, "global: {}\n");
  return await measurePeer(prometheus(place, configFile), set, sampleFile);
}
