import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/api.ts";
import { noteIncidents } from "./incidents.ts";
import type { Incident } from "./incidents-view.ts";

export type IncidentAct =
  | { readonly is: "acknowledge" | "take-back" }
  /** Null wakes it. */
  | { readonly is: "snooze"; readonly until: number | null };

/** The hub is asked for so many at a time. */
const AT_ONCE = 8;

/** What came of doing something to several: those that failed, with why the first of them did. */
export interface ActOutcome {
  readonly failed: number;
  readonly error: unknown;
}

function send(id: string, act: IncidentAct): Promise<Incident> {
  if (act.is === "snooze")
    return api("POST /api/v1/incidents/{id}/snooze", { params: { id }, body: { until: act.until } });
  return api("POST /api/v1/incidents/{id}/acknowledge", {
    params: { id },
    body: { isAcknowledged: act.is === "acknowledge" },
  });
}

/** Does something to incidents and shows it at once, without waiting for the live socket. */
export function useIncidentActs() {
  const queries = useQueryClient();
  return useMutation({
    async mutationFn({
      ids,
      act,
    }: {
      readonly ids: readonly string[];
      readonly act: IncidentAct;
    }): Promise<ActOutcome> {
      let failed = 0;
      let error: unknown = null;
      for (let from = 0; from < ids.length; from += AT_ONCE) {
        const answers = await Promise.allSettled(ids.slice(from, from + AT_ONCE).map((id) => send(id, act)));
        noteIncidents({
          whole: false,
          incidents: answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : [])),
        });
        for (const answer of answers) {
          if (answer.status === "fulfilled") continue;
          failed++;
          error ??= answer.reason;
        }
      }
      return { failed, error };
    },
    onSuccess: (_outcome, { ids }) =>
      Promise.all(ids.map((id) => queries.invalidateQueries({ queryKey: ["incident", id] }))),
  });
}
