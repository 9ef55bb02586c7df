import { isLoopback, MusterError } from "@muster/core";

export const DEFAULT_HUB_URL = "http://127.0.0.1:8765";

/** The hub's address from `--url`, else MUSTER_URL, else the default of a hub on this machine. Throws BAD_REQUEST. */
export function hubAddress(option: string | undefined, env: Readonly<Record<string, string | undefined>>): URL {
  const [text, origin] =
    option !== undefined ? [option, "--url"] : [env["MUSTER_URL"] || DEFAULT_HUB_URL, "MUSTER_URL"];
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:") || url.search !== "" || url.hash !== "") {
    throw wrong(origin, `must be an address such as ${DEFAULT_HUB_URL} or https://muster.example.org`);
  }
  if (url.username !== "" || url.password !== "") {
    throw wrong(origin, "must not hold a name or a password; use `muster login`");
  }
  // A token over plain HTTP can be read by everybody on the way.
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    throw wrong(origin, "must begin with https:// unless the hub is on this machine");
  }
  return url;
}

const wrong = (origin: string, why: string): MusterError =>
  new MusterError("BAD_REQUEST", { message: `The hub's address is not usable.`, fields: { [origin]: why } });
