import { parseExternalAddress } from "@muster/core";
import type { MachineFacts } from "@muster/core";
import { AGENT_LIMITS } from "@muster/protocol";
import type { WireFacts } from "@muster/protocol";

/**
 * The machine's facts as the protocol carries them. `externalAddress` is where the hub sees the machine come from, where
 * its owner allows to tell it; nobody else is asked, and what is no public address is left out.
 */
export function wireFacts(
  facts: MachineFacts,
  nodeVersion: string | null,
  externalAddress: string | undefined,
): WireFacts {
  const address = externalAddress === undefined ? undefined : parseExternalAddress(externalAddress);
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
    externalAddress: address ?? null,
    nodeVersion,
    sources: Object.fromEntries(
      Object.entries({
        ...facts.sources,
        ...(address === undefined ? {} : { externalAddress: "seen by the hub" }),
      }).map(([name, source]) => [name, source.slice(0, 256)]),
    ),
  };
  return JSON.stringify(wire).length <= AGENT_LIMITS.factsBytesMax ? wire : { ...wire, sources: {} };
}
