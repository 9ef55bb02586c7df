import { parseHttpUrl, targetText } from "@muster/node-kit";
import type { Egress, EgressFailed } from "@muster/node-kit";
import type { LookOut } from "./look-out.ts";
import type { NotifierWay } from "./notifier.ts";
import type { NotifierDefinition } from "./notifier-store.ts";

const failureOf = (answer: { readonly ok: true } | EgressFailed): EgressFailed["failure"] | undefined =>
  answer.ok ? undefined : answer.failure;

/**
 * The way out of a notifier: its settings, or a secret that is an address, open exactly what they name, and whatever else
 * is asked for must be open to everybody.
 */
export function notifierWay(
  egress: Egress,
  { settings }: Pick<NotifierDefinition, "settings">,
  secret: string | undefined,
  noteLookOut: (lookOut: LookOut) => void,
): NotifierWay {
  const { host, port } = settings;
  const named = typeof host === "string" && typeof port === "number" ? [targetText({ host, port })] : [];
  const addressed = [...Object.values(settings), secret].flatMap((value) => {
    const url = typeof value === "string" ? parseHttpUrl(value) : undefined;
    return url === undefined ? [] : [targetText(url.target)];
  });
  const passage = { purpose: "notifier", opened: [...named, ...addressed] } as const;
  return {
    async request(request, signal) {
      const answer = await egress.request({ ...request, ...passage }, signal);
      const asked = parseHttpUrl(request.url)?.target.host;
      if (asked !== undefined) noteLookOut({ host: asked, failure: failureOf(answer) });
      return answer;
    },
    async connect(toHost, toPort, signal) {
      const answer = await egress.connect({ ...passage, host: toHost, port: toPort }, signal);
      noteLookOut({ host: toHost, failure: failureOf(answer) });
      return answer;
    },
  };
}
