import { z } from "zod";

const text = (charactersMax: number) => z.string().max(charactersMax).nullable();

/** What a server is, as it says itself. `null` where it does not say; `sources` names where each answer came from. */
export const factsSchema = z.object({
  hostName: text(256),
  osName: text(128),
  osVersion: text(128),
  osId: text(64),
  kernel: text(256),
  architecture: text(32),
  cpuModel: text(256),
  cpuCount: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  /** kvm, vmware, hyperv …; "none" on bare metal. */
  virtualisation: text(64),
  /** docker, lxc, systemd-nspawn, podman …; "none" outside containers. */
  container: text(64),
  bootId: text(64),
  addresses: z.array(z.string().max(64)).max(64),
  /** Only where the server's owner turned it on. */
  externalAddress: text(64),
  nodeVersion: text(32),
  sources: z.record(z.string().max(64), z.string().max(256)),
});
export type WireFacts = z.infer<typeof factsSchema>;
