import { MusterError } from "@muster/core";
import { AGENT_PATH } from "@muster/protocol";

/**
 * The address of the agents' door from what a person gave: `wss://hub`, `https://hub/base` or only `hub:port`. Throws
 * CONFIG_INVALID for anything else, and for plain `ws://` off loopback: the telemetry would be readable on the way.
 */
export function hubAddress(given: string): string {
  const text = /^[a-z]+:\/\//i.test(given) ? given : `wss://${given}`;
  let url: URL;
  try {
    url = new URL(text.replace(/^http/i, "ws"));
  } catch {
    throw new MusterError("CONFIG_INVALID", { message: `"${given}" is not the address of a hub` });
  }
  if (url.protocol !== "ws:" && url.protocol !== "wss:")
    throw new MusterError("CONFIG_INVALID", { message: "the address of a hub begins with wss:// or https://" });
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "")
    throw new MusterError("CONFIG_INVALID", { message: "the address of a hub has no user, password, query or hash" });
  if (url.protocol === "ws:" && !isLoopback(url.hostname))
    throw new MusterError("CONFIG_INVALID", {
      message: "without TLS a hub is reached on this machine only: use wss://",
    });
  if (!url.pathname.endsWith(AGENT_PATH)) url.pathname = url.pathname.replace(/\/+$/, "") + AGENT_PATH;
  return url.href;
}

/** Names and addresses that never leave the machine. */
const isLoopback = (hostName: string): boolean =>
  hostName === "localhost" || hostName === "[::1]" || /^127(?:\.[0-9]{1,3}){3}$/.test(hostName);
