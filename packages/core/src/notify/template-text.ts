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

/** What is between the braces is taken in one way only, so that no text takes longer to look through than it is long. */
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

const namesIn = (text: string): readonly string[] =>
  Array.from(text.matchAll(PLACEHOLDER), ([, between = ""]) => between.trim());

/** Why a text is no template; undefined when it is one. */
export function templateProblem(text: string): string | undefined {
  const unknown = namesIn(text).find((name) => !(TEMPLATE_NAMES as readonly string[]).includes(name));
  if (unknown === undefined) return undefined;
  return `knows no {{${unknown.slice(0, 50)}}}: there are ${TEMPLATE_NAMES.map((one) => `{{${one}}}`).join(", ")}`;
}

/** A template with every name replaced by its value, escaped as it is needed there. A name that there is not is nothing. */
export const filledTemplate = (
  template: string,
  values: TemplateValues,
  escape: (value: string) => string = (value) => value,
): string =>
  template.replaceAll(PLACEHOLDER, (_whole, between: string) => {
    const name = between.trim();
    return Object.hasOwn(values, name) ? escape(values[name as TemplateName]) : "";
  });

/**
 * A template of several lines as lines. One that names something, and nothing that has a value, is left out: "Until: {{until}}"
 * stands there only once it is over.
 */
export function filledLines(template: string, values: TemplateValues): readonly string[] {
  return template.split(/\r?\n/).flatMap((line) => {
    const names = namesIn(line);
    if (names.length > 0 && names.every((name) => (values[name as TemplateName] ?? "") === "")) return [];
    return filledTemplate(line, values).split("\n");
  });
}
