import { noticeHead } from "@muster/core";
import type { CreateNotifier } from "../notifier.ts";

export const createLogNotifier: CreateNotifier<"log"> = (_settings, { log }) => ({
  deliver(notice) {
    const { kind, incidentId, severity, key, said } = notice;
    const lines = said?.lines ?? notice.lines;
    log.warn(noticeHead(notice), { notice: key, kind, incidentId, severity, lines });
    return Promise.resolve({ outcome: "sent" });
  },
});
