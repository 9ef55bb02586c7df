import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { makeFormat } from "./format.ts";
import type { Format } from "./format.ts";

/** Formatters of the language in use; the same object until the language changes. */
export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => makeFormat(i18n.language), [i18n.language]);
}
