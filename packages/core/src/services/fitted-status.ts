import type { ServiceStatus } from "./service.ts";

/** How much is told of one service; what the hub accepts and what a server keeps to is the same. */
export const SERVICE_LIMITS = {
  nameCharactersMax: 256,
  descriptionCharactersMax: 500,
  rawStateCharactersMax: 200,
  healthDetailCharactersMax: 1_000,
  runCharactersMax: 256,
  signalCharactersMax: 32,
  exitDetailCharactersMax: 500,
  enabledCharactersMax: 64,
  restartPolicyCharactersMax: 200,
  portsMax: 64,
  urlsMax: 32,
  urlCharactersMax: 2_048,
  kindCharactersMax: 64,
  groupCharactersMax: 256,
  needsMax: 64,
} as const;

/**
 * A status as the hub accepts it: long texts and lists end early, since one status beyond the limits would have all of
 * its server's refused. Undefined when its name is too long, because a part of a name is another name.
 */
export function fittedStatus(status: ServiceStatus): ServiceStatus | undefined {
  const limits = SERVICE_LIMITS;
  if (status.name.length > limits.nameCharactersMax) return undefined;
  const { run, lastExit, enabled, restartPolicy } = status;
  return {
    ...status,
    description: status.description.slice(0, limits.descriptionCharactersMax),
    rawState: status.rawState.slice(0, limits.rawStateCharactersMax),
    healthDetail: status.healthDetail.slice(0, limits.healthDetailCharactersMax),
    run: run && run.slice(0, limits.runCharactersMax),
    lastExit: lastExit && {
      code: lastExit.code,
      signal: lastExit.signal && lastExit.signal.slice(0, limits.signalCharactersMax),
      detail: lastExit.detail.slice(0, limits.exitDetailCharactersMax),
    },
    enabled: enabled && enabled.slice(0, limits.enabledCharactersMax),
    restartPolicy: restartPolicy && restartPolicy.slice(0, limits.restartPolicyCharactersMax),
    ports: status.ports.slice(0, limits.portsMax),
    urls: status.urls.filter((url) => url.length <= limits.urlCharactersMax).slice(0, limits.urlsMax),
    kind: status.kind.slice(0, limits.kindCharactersMax),
    group: status.group.slice(0, limits.groupCharactersMax),
    ...(status.needs !== undefined && {
      needs: status.needs.filter((name) => name.length <= limits.nameCharactersMax).slice(0, limits.needsMax),
    }),
    ...(status.alias !== undefined && { alias: status.alias.slice(0, limits.nameCharactersMax) }),
  };
}
