import type { MachineFacts } from "@muster/core";
import { AGENT_LIMITS } from "@muster/protocol";
import type { WireFacts } from "@muster/protocol";

/** The machine's facts as the protocol carries them. An external address is never asked of anybody: the hub sees one. */
export function wireFacts(facts: MachineFacts, nodeVersion: string): WireFacts {
  const wire: WireFacts = {
    hostName: facts.hostName,
    osName: facts.osName,
    osVersion: facts.osVersion,
    osId: facts.osId,
    kernel: facts.kernel,
    architecture: facts.architecture,
    cpuModel: facts.cpuModel,
    cpuCount: facts.cpuCount,
    memoryBytes: facts.memoryBytes,
    virtualisation: facts.virtualisation,
    container: facts.container,
    bootId: facts.bootId,
    addresses: [...facts.addresses],
    externalAddress: facts.externalAddress,
    nodeVersion,
    sources: Object.fromEntries(Object.entries(facts.sources).map(([name, source]) => [name, source.slice(0, 256)])),
  };
  return JSON.stringify(wire).length <= AGENT_LIMITS.factsBytesMax ? wire : { ...wire, sources: {} };
}
