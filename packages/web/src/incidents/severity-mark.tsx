import type { Severity } from "@muster/core";
import { Mark } from "../components/mark.tsx";
import type { Tone, WordChoice } from "../components/mark.tsx";
import { useAlertTexts } from "./use-alert-texts.ts";

/** Told apart without colour: disc with an i, triangle, square with a bar, octagon with a cross. */
const SEVERITIES: Readonly<Record<Severity, readonly [Tone, string]>> = {
  info: ["note", "M8 2.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4Zm-.8 2.4h1.6v1.6H7.2Zm0 2.4h1.6v4H7.2Z"],
  warning: ["warning", "M8 2 15 14H1Zm-.8 4.5v3.6h1.6V6.5Zm0 4.6v1.5h1.6v-1.5Z"],
  error: ["bad", "M2.8 2.8h10.4v10.4H2.8Zm2 4.3v1.8h6.4V7.1Z"],
  critical: [
    "bad",
    "M5.2 1.2h5.6l4 4v5.6l-4 4H5.2l-4-4V5.2Zm.3 3.2L4.4 5.5 6.9 8l-2.5 2.5 1.1 1.1L8 9.1l2.5 2.5 1.1-1.1L9.1 8l2.5-2.5-1.1-1.1L8 6.9Z",
  ],
};

/** The one look of a severity everywhere: colour, shape and word. */
export function SeverityMark({ severity, ...word }: WordChoice & { readonly severity: Severity }) {
  const say = useAlertTexts();
  const [tone, path] = SEVERITIES[severity];
  return <Mark tone={tone} path={path} text={say(`severity.${severity}`)} value={severity} {...word} />;
}
