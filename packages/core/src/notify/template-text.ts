/**
 * The language of templates: text in which `{{name}}` stands for a value. There is nothing else in it, so that a template
 * can do nothing but show what is told.
 */

/** What a template can name. */
export const TEMPLATE_NAMES = [
  "title",
  "head",
  "label",
  "text",
  "lines",
  "severity",
  "state",
  "kind",
  "ruleName",
  "wrongCount",
  "since",
  "until",
  "duration",
  "acknowledgedBy",
  "url",
  "incidentId",
  "key",
  "openedAt",
  "resolvedAt",
  "at",
] as const;
export type TemplateName = (typeof TEMPLATE_NAMES)[number];
export type TemplateValues = Readonly<Record<TemplateName, string>>;

const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Why a text is no template; undefined when it is one. */
export function templateProblem(text: string): string | undefined {
  for (const [, name = ""] of text.matchAll(PLACEHOLDER))
    if (!(TEMPLATE_NAMES as readonly string[]).includes(name))
      return `knows no {{${name.slice(0, 50)}}}: there are ${TEMPLATE_NAMES.map((one) => `{{${one}}}`).join(", ")}`;
  return undefined;
}

/** A template with every name replaced by its value, escaped as it is needed there. A name that there is not is nothing. */
export const filledTemplate = (
  template: string,
  values: TemplateValues,
  escape: (value: string) => string = (value) => value,
): string =>
  template.replaceAll(PLACEHOLDER, (_whole, name: string) =>
    Object.hasOwn(values, name) ? escape(values[name as TemplateName]) : "",
  );

/**
 * A template of several lines as lines. One that names something, and nothing that has a value, is left out: "Until: {{until}}"
 * stands there only once it is over.
 */
export function filledLines(template: string, values: TemplateValues): readonly string[] {
  return template.split(/\r?\n/).flatMap((line) => {
    const names = [...line.matchAll(PLACEHOLDER)].map(([, name = ""]) => name as TemplateName);
    if (names.length > 0 && names.every((name) => (values[name] ?? "") === "")) return [];
    return filledTemplate(line, values).split("\n");
  });
}
