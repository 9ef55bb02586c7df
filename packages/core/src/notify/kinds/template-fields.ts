/** Texts of one's own, in the language of `template-text.ts`; empty: Muster's. */
export const TEMPLATE_FIELDS = {
  titleTemplate: { is: "text", form: "template", charactersMax: 500, default: "", further: true },
  textTemplate: { is: "text", form: "template", block: true, charactersMax: 4_000, default: "", further: true },
} as const;
