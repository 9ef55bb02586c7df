import type { Notice } from "@muster/core";
import type { Delivery } from "./notifier.ts";

/** Kinds of notices that call for nobody: the message that is there says them. */
const SILENT: readonly Notice["kind"][] = ["acknowledged", "grown"];
const FRESH: readonly Notice["kind"][] = ["opened", "test"];

/** What a vendor can do with messages. */
interface Editing {
  /** A new message with all there is to say; gives its name. */
  send(): Promise<Delivery>;
  /** The same in place of what the message said. Doing it twice is like doing it once. */
  edit(ref: string): Promise<Delivery>;
  /** A short new message, in answer to the first one where that is possible. */
  reply(ref: string): Promise<Delivery>;
}

/**
 * One message an incident, kept up to date, and a short one where somebody should look again. The edit comes first: when
 * the reply fails and all is tried again, the edit changes nothing and nobody was told twice. A message that can no longer
 * be edited, because somebody deleted it, is told anew.
 */
export async function tellEditing(notice: Notice, ref: string | undefined, editing: Editing): Promise<Delivery> {
  if (ref === undefined || FRESH.includes(notice.kind)) return editing.send();
  const edited = await editing.edit(ref);
  if (edited.outcome === "failed") return edited.retry === "later" ? edited : editing.send();
  if (SILENT.includes(notice.kind)) return { outcome: "sent", ref };
  const replied = await editing.reply(ref);
  return replied.outcome === "sent" ? { outcome: "sent", ref } : replied;
}
