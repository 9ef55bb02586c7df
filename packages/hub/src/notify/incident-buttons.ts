import type { Notice } from "@muster/core";
import { INCIDENT_ACTS } from "./incident-acts.ts";
import type { IncidentAct } from "./incident-acts.ts";

const LABELS: Readonly<Record<IncidentAct, string>> = {
  acknowledge: "Acknowledge",
  snooze: "Snooze 1 h",
  chart: "Chart",
  logs: "Logs",
  restart: "Restart",
};

/** More are too narrow for their words on a telephone. */
const KEYS_IN_A_ROW = 3;

/** Keys of Telegram under a message; an empty one takes keys away. */
export interface Keyboard {
  readonly inline_keyboard: readonly (readonly { readonly text: string; readonly callback_data: string }[])[];
}

/** What a press on a key about an incident sends, within 64 bytes. */
export const incidentPress = (act: IncidentAct, incidentId: string): string => `i:${act}:${incidentId}`;

/** What a press means; undefined where it is none about an incident. */
export function parseIncidentPress(
  text: string,
): { readonly act: IncidentAct; readonly incidentId: string } | undefined {
  const [, word, incidentId] = /^i:([a-z]{1,16}):([0-9a-f-]{36})$/.exec(text) ?? [];
  const act = INCIDENT_ACTS.find((one) => one === word);
  return act === undefined || incidentId === undefined ? undefined : { act, incidentId };
}

/** The keys under an incident's message: what is offered now, and none once it is over. */
export function incidentKeyboard(
  { incidentId, state, acknowledgedBy }: Pick<Notice, "incidentId" | "state" | "acknowledgedBy">,
  offers: readonly IncidentAct[],
): Keyboard {
  const shown =
    state === "resolved"
      ? []
      : offers.filter((act) => acknowledgedBy === null || (act !== "acknowledge" && act !== "snooze"));
  const keys = shown.map((act) => ({ text: LABELS[act], callback_data: incidentPress(act, incidentId) }));
  const rows: (typeof keys)[] = [];
  for (let at = 0; at < keys.length; at += KEYS_IN_A_ROW) rows.push(keys.slice(at, at + KEYS_IN_A_ROW));
  return { inline_keyboard: rows };
}
