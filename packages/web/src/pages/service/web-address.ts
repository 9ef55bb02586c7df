/** The address of a link to a web page, or undefined for a text that is none: a machine wrote it. */
export function webAddress(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === "" && url.password === "" ? url.href : undefined;
}
