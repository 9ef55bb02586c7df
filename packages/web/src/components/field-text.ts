import type { TFunction } from "i18next";

/** What the hub says of one input, by the sentence that it sends; the first that fits wins. */
const SENTENCES: readonly (readonly [RegExp, (t: TFunction, count: number) => string])[] = [
  [/^is taken by another server$/, (t) => t("fieldError.takenByServer")],
  [/^is taken$/, (t) => t("fieldError.taken")],
  [/^must not be empty$/, (t) => t("fieldError.empty")],
  [/^must be 1 to 64 of a-z/, (t) => t("fieldError.userName")],
  [/^1 to 64 letters, digits, spaces/, (t) => t("fieldError.serverName")],
  [/^must be 1 to 32 letters, digits/, (t) => t("fieldError.tag")],
  [/^must be later than from$/, (t) => t("fieldError.order")],
  [/^must not be less than samplesDays$/, (t) => t("fieldError.lessThanSamples")],
  [/^must not be less than minutesDays$/, (t) => t("fieldError.lessThanMinutes")],
  [/^is not a field of this request$/, (t) => t("fieldError.unknown")],
  [/^must have at least (\d+) characters$/, (t, count) => t("fieldError.passwordLength", { count })],
  [/^Too small: expected (?:string|array) to have >=1 /, (t) => t("fieldError.empty")],
  [/^Too small: expected string to have >=(\d+) /, (t, count) => t("fieldError.passwordLength", { count })],
  [/^Too big: expected string to have <=(\d+) /, (t, count) => t("fieldError.tooLong", { count })],
  [/^Too big: expected array to have <=(\d+) /, (t, count) => t("fieldError.tooMany", { count })],
  [/^Too small: expected \w+ to be >=(\d+)/, (t, limit) => t("fieldError.least", { limit })],
  [/^Too big: expected \w+ to be <=(\d+)/, (t, limit) => t("fieldError.most", { limit })],
  [/^Invalid /, (t) => t("fieldError.wrong")],
];

/** What is wrong with an input, in the language in use; a sentence that nobody foresaw stays as the hub wrote it. */
export function fieldText(sentence: string, t: TFunction): string {
  for (const [pattern, say] of SENTENCES) {
    const found = pattern.exec(sentence);
    if (found) return say(t, Number(found[1]));
  }
  return sentence;
}
