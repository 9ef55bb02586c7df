import type { Severity } from "@muster/core";
import { failedBy } from "../answered.ts";
import type { CreateNotifier, Delivery } from "../notifier.ts";
import { below, sendJson } from "../send-json.ts";
import { cutText } from "../text.ts";
import { wordsOf } from "../words.ts";

const MESSAGE_MAX = 130;
const DESCRIPTION_MAX = 15_000;

export const createOpsgenieNotifier: CreateNotifier<"opsgenie"> = ({ team, apiUrl, ca }, { way, secret = "" }) => ({
  async deliver(notice, _ref, signal) {
    const { head, lines, url } = wordsOf(notice);
    const alias = notice.incidentId === "" ? notice.key : notice.incidentId;
    const priority = PRIORITIES[notice.severity];
    const send = async (method: "POST" | "PUT", path: string, body: unknown): Promise<Delivery> => {
      const headers = { authorization: `GenieKey ${secret}` };
      return (
        failedBy(
          await sendJson(way, { url: below(apiUrl, `/v2/alerts${path}`), method, body, headers, ca }, signal),
        ) ?? {
          outcome: "sent",
        }
      );
    };
    const act = (action: string) => `/${encodeURIComponent(alias)}/${action}?identifierType=alias`;
    const note = { source: "Muster", note: head };
    if (notice.kind === "acknowledged") return send("POST", act("acknowledge"), note);
    if (notice.kind === "resolved") return send("POST", act("close"), note);
    // An open alert of the same alias only counts, so its priority is set by itself, and first: that twice is like once.
    if (notice.kind === "escalated") {
      const raised = await send("PUT", act("priority"), { priority });
      if (raised.outcome === "failed" && raised.retry === "later") return raised;
    }
    return send("POST", "", {
      ...{ message: cutText(head, MESSAGE_MAX), alias, priority, source: "Muster" },
      description: cutText([head, ...lines, ...(url === undefined ? [] : [url])].join("\n"), DESCRIPTION_MAX),
      ...(team !== "" && { responders: [{ type: "team", name: team }] }),
    });
  },
});

const PRIORITIES: Readonly<Record<Severity, string>> = { info: "P5", warning: "P3", error: "P2", critical: "P1" };
