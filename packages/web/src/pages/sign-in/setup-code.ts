/** The code of the one-time link: `/setup#<code>`, `/setup#code=<code>` or `/setup?code=<code>`; "" when there is none. */
export function readSetupCode(fragment: string, search: string): string {
  const text = decode(fragment.replace(/^#/, ""));
  const inFragment = text.startsWith("code=") ? text.slice("code=".length) : text;
  return inFragment || (new URLSearchParams(search).get("code") ?? "");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
