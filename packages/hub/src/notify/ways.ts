import { parseHttpUrl, targetText } from "@muster/node-kit";
import type { Egress } from "@muster/node-kit";
import type { NotifierWay } from "./notifier.ts";
import type { NotifierDefinition } from "./notifier-store.ts";

/**
 * The way out of a notifier: its settings, or a secret that is an address, open exactly what they name, and whatever else
 * is asked for must be open to everybody.
 */
export function notifierWay(
  egress: Egress,
  { settings }: Pick<NotifierDefinition, "settings">,
  secret: string | undefined,
): NotifierWay {
  const { host, port } = settings;
  const named = typeof host === "string" && typeof port === "number" ? [targetText({ host, port })] : [];
  const addressed = [...Object.values(settings), secret].flatMap((value) => {
    const url = typeof value === "string" ? parseHttpUrl(value) : undefined;
    return url === undefined ? [] : [targetText(url.target)];
  });
  const passage = { purpose: "notifier", opened: [...named, ...addressed] } as const;
  return {
    request: (request, signal) => egress.request({ ...request, ...passage }, signal),
    connect: (toHost, toPort, signal) => egress.connect({ ...passage, host: toHost, port: toPort }, signal),
  };
}
