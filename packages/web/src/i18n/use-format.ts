import { useTranslation } from "react-i18next";
import { makeFormat } from "./format.ts";
import type { Format } from "./format.ts";

/** The browser's formatters are dear to make, and every cell of a table asks for them. */
const made = new Map<string, Format>();

/** Formatters of the language in use; the same object until the language changes. */
export function useFormat(): Format {
  const { language } = useTranslation().i18n;
  let format = made.get(language);
  if (!format) made.set(language, (format = makeFormat(language)));
  return format;
}
