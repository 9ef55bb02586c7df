import { filledTemplate, noticeBody, noticeHead, noticeValues, TEMPLATE_NAMES } from "@muster/core";
import type { Notice, TemplateValues } from "@muster/core";

/** What is sent of a notice: by a template of one's own or, where it is empty, all of it. */
export const webhookText = (template: string, notice: Notice): string =>
  bodyOf(template, { version: 1, ...notice, text: [noticeHead(notice), ...noticeBody(notice)] }, noticeValues(notice));

/** What is sent of a text by hand: of all that a template can name it has only a few. */
export function webhookMessage(
  template: string,
  { text, key, at }: { readonly text: string; readonly key: string; readonly at: number },
): string {
  const whole = { version: 1, kind: "message", key, at, title: text, text: [text] };
  const nothing = Object.fromEntries(TEMPLATE_NAMES.map((name) => [name, ""])) as TemplateValues;
  return bodyOf(template, whole, { ...nothing, kind: "message", key, at: String(at), title: text, head: text, text });
}

/** A placeholder becomes what a JSON string of it holds between its quotes, so that no name breaks out of one. */
const bodyOf = (template: string, whole: object, values: TemplateValues): string =>
  template === ""
    ? JSON.stringify(whole, wellFormed)
    : filledTemplate(template, values, (value) => JSON.stringify(value.toWellFormed()).slice(1, -1));

/** Halves of characters are no text to most who read JSON. */
const wellFormed = (_key: string, value: unknown): unknown =>
  typeof value === "string" ? value.toWellFormed() : value;
