import { inTemplates } from "@muster/core";
import type { Notice, NotifierKindName, ProbeSettings } from "@muster/core";
import type { NoticePreview } from "@muster/protocol";
import { templatesOf } from "./catalog.ts";
import { JOINER } from "./text.ts";
import { webhookText } from "./webhook-text.ts";
import { wordsOf } from "./words.ts";

/** What would be told of a notice, as a reader sees it: cut and cleaned as it is when it is sent, before a vendor's own escapes. */
export function previewOf(kind: NotifierKindName, settings: ProbeSettings, notice: Notice): NoticePreview {
  const { head, lines, url } = wordsOf(inTemplates(notice, templatesOf(settings)));
  const seen = (text: string): string => text.replaceAll(JOINER, "");
  const body = kind === "webhook" ? webhookText(String(settings["body"] ?? ""), notice) : null;
  return {
    ...{ kind: notice.kind, title: seen(head), lines: lines.map(seen), url: url ?? null, body },
    isJson: body === null ? null : isJson(body),
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
