import type { Labels } from "../samples.ts";
import { labelsText } from "../samples.ts";
import { serviceKeyText } from "../services/service.ts";
import type { ServiceKey } from "../services/service.ts";
import type { HubTrouble } from "./rule.ts";

/** What something is wrong with. */
export interface Subject {
  /** Null where it is about no server. */
  readonly serverId: string | null;
  readonly service: ServiceKey | null;
  readonly probeId: string | null;
  readonly metric: string | null;
  readonly labels: Labels;
  readonly trouble: HubTrouble | null;
  /** A file on the server whose log it is about. */
  readonly file?: string;
}

export const NO_SUBJECT: Subject = {
  serverId: null,
  service: null,
  probeId: null,
  metric: null,
  labels: {},
  trouble: null,
};

/** Tells subjects of one rule apart. */
export const subjectKey = ({ serverId, service, probeId, metric, labels, trouble, file }: Subject): string =>
  [
    serverId ?? "",
    service === null ? "" : serviceKeyText(service),
    probeId ?? "",
    metric === null ? "" : `${metric}{${labelsText(labels)}}`,
    trouble ?? "",
    ...(file === undefined ? [] : [file]),
  ].join("|");
