import { portFrom, PULL_KIND_ENTRIES, PULL_KIND_NAMES, sshAddressProblems } from "@muster/core";
import type { PullKindEntry, PullKindName } from "@muster/core";
import { isDialAddress, isPullAddress } from "@muster/protocol";
import type { LinkSettings } from "@muster/protocol";
import { parseLines } from "../components/parse-lines.ts";
import { parseNumber } from "../components/parse-number.ts";

/** A way to a server as it stands in a form: everything is text, and may be wrong. */
export interface SshDraft {
  readonly kind: "ssh";
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly authentication: "key" | "password" | "agent";
  /** Empty while none is picked. */
  readonly keyId: string;
  /** Empty: directly. */
  readonly via: string;
  readonly sudo: boolean;
  readonly policy: string;
}

export interface PullDraft {
  readonly kind: "pull";
  readonly url: string;
  /** `find`: a test finds out what answers. */
  readonly adapter: PullKindName | "find";
  /** In seconds; empty: `defaultTimeoutOf`. */
  readonly timeout: string;
  /** Names, one a line. */
  readonly allow: string;
  /** `number = name`, one a line. */
  readonly channelNames: string;
}

/** Of an agent that the hub dials. */
export interface AgentDraft {
  readonly kind: "agent";
  readonly dial: string;
}

export type LinkDraft = SshDraft | PullDraft | AgentDraft;
export type LinkProblem =
  | "notFilled"
  | "noKey"
  | "wrongHost"
  | "wrongPort"
  | "wrongUser"
  | "wrongUrl"
  | "wrongDial"
  | "wrongTimeout"
  | "wrongLines";

export const NEW_SSH: SshDraft = {
  kind: "ssh",
  host: "",
  port: "",
  user: "root",
  authentication: "key",
  keyId: "",
  via: "",
  sudo: false,
  policy: "",
};
export const NEW_PULL: PullDraft = { kind: "pull", url: "", adapter: "find", timeout: "", allow: "", channelNames: "" };
export const NEW_AGENT: AgentDraft = { kind: "agent", dial: "" };

/** What a form shows of the settings that a server has. */
export function draftOf(settings: Exclude<LinkSettings, { kind: "push" }>): LinkDraft {
  if (settings.kind === "agent") return settings;
  if (settings.kind === "ssh") {
    const { host, port, user, authentication, keyId, via, sudo = false, policy = "" } = settings;
    return {
      kind: "ssh",
      host,
      port: port === undefined ? "" : String(port),
      user,
      authentication,
      keyId: keyId ?? "",
      via: via ?? "",
      sudo,
      policy,
    };
  }
  const { url, adapter, timeoutMs, allow = [], channelNames = {} } = settings;
  return {
    kind: "pull",
    url,
    adapter,
    timeout: timeoutMs === undefined ? "" : String(timeoutMs / 1_000),
    allow: allow.join("\n"),
    channelNames: Object.entries(channelNames)
      .map(([number, name]) => `${number} = ${name}`)
      .join("\n"),
  };
}

/** What must be mended before the hub is asked, by input: exactly what the hub would refuse. */
export function problemsOf(draft: LinkDraft): Readonly<Record<string, LinkProblem>> {
  const problems: Record<string, LinkProblem> = {};
  if (draft.kind === "ssh") {
    const [host, user, port] = [draft.host.trim(), draft.user.trim(), draft.port.trim()];
    const wrong = sshAddressProblems({ host, user, port: port === "" ? 22 : (portFrom(port) ?? NaN) });
    if (wrong?.host !== undefined) problems["host"] = host === "" ? "notFilled" : "wrongHost";
    if (wrong?.user !== undefined) problems["user"] = user === "" ? "notFilled" : "wrongUser";
    if (draft.authentication === "key" && draft.keyId === "") problems["keyId"] = "noKey";
    if (wrong?.port !== undefined) problems["port"] = "wrongPort";
    return problems;
  }
  if (draft.kind === "agent") {
    const dial = draft.dial.trim();
    return dial === "" ? { dial: "notFilled" } : isDialAddress(dial) ? {} : { dial: "wrongDial" };
  }
  if (draft.url.trim() === "") problems["url"] = "notFilled";
  else if (!isPullAddress(draft.url.trim())) problems["url"] = "wrongUrl";
  if (draft.timeout.trim() !== "" && !isWithin(draft.timeout, 0.5, 60)) problems["timeoutMs"] = "wrongTimeout";
  if (takesChannels(draft.adapter) && parseChannelNames(draft.channelNames) === undefined)
    problems["channelNames"] = "wrongLines";
  return problems;
}

/** The settings of a draft without problems. While it is to be found out what answers, any kind will do for a test. */
export function settingsOf(draft: LinkDraft): LinkSettings {
  if (draft.kind === "agent") return { kind: "agent", dial: draft.dial.trim() };
  if (draft.kind === "ssh")
    return {
      kind: "ssh",
      host: draft.host.trim(),
      ...(draft.port.trim() !== "" && { port: Number(draft.port) }),
      user: draft.user.trim(),
      authentication: draft.authentication,
      ...(draft.authentication === "key" && { keyId: draft.keyId }),
      ...(draft.via !== "" && { via: draft.via }),
      ...(draft.sudo && { sudo: true }),
      ...(draft.policy.trim() !== "" && { policy: draft.policy }),
    };
  const allow = linesOf(draft.allow);
  const channelNames = parseChannelNames(draft.channelNames) ?? {};
  return {
    kind: "pull",
    adapter: draft.adapter === "find" ? PULL_KIND_NAMES[0] : draft.adapter,
    url: draft.url.trim(),
    ...(draft.timeout.trim() !== "" && { timeoutMs: Math.round(parseNumber(draft.timeout) * 1_000) }),
    ...(takesSeries(draft.adapter) && allow.length > 0 && { allow }),
    ...(takesChannels(draft.adapter) && Object.keys(channelNames).length > 0 && { channelNames }),
  };
}

const hasFeature = (adapter: PullDraft["adapter"], feature: PullKindEntry["features"][number]): boolean =>
  adapter !== "find" && PULL_KIND_ENTRIES[adapter].features.includes(feature);
/** Whether it has channels that may be named, and whether it has series of others' making. */
export const takesChannels = (adapter: PullDraft["adapter"]): boolean => hasFeature(adapter, "channel-names");
export const takesSeries = (adapter: PullDraft["adapter"]): boolean =>
  adapter !== "find" && !hasFeature(adapter, "channels");

/** How long the hub waits where nothing is said, in seconds; undefined while it is not known for what. */
export const defaultTimeoutOf = (adapter: PullDraft["adapter"]): number | undefined =>
  adapter === "find" ? undefined : PULL_KIND_ENTRIES[adapter].timeoutMsDefault / 1_000;

/** A secret in a form: it can be set and removed, never read. */
export type SecretDraft =
  | { readonly is: "kept" }
  | { readonly is: "set"; readonly text: string }
  | { readonly is: "removed" };

export const KEPT_SECRET: SecretDraft = { is: "kept" };

/** Whether a login by these settings needs a secret at all. */
export const takesSecret = (draft: LinkDraft): boolean =>
  draft.kind === "pull" || (draft.kind === "ssh" && draft.authentication === "password");

/** What the hub is told: a text sets it, null removes it, undefined leaves it. What no login needs any more is removed. */
export function secretOf(draft: LinkDraft, secret: SecretDraft, hasSecret: boolean): string | null | undefined {
  if (!takesSecret(draft)) return hasSecret ? null : undefined;
  if (secret.is === "removed") return hasSecret ? null : undefined;
  return secret.is === "set" && secret.text !== "" ? secret.text : undefined;
}

/** Whether a kept secret would go to somebody else, so that the hub forgets it. */
export function movesElsewhere(before: LinkSettings, after: LinkSettings): boolean {
  return addressOf(before) !== addressOf(after);
}

function addressOf(settings: LinkSettings): string {
  if (settings.kind === "ssh")
    return JSON.stringify([settings.host, settings.port ?? 22, settings.user, settings.via ?? null]);
  return settings.kind === "pull" && URL.canParse(settings.url) ? new URL(settings.url).origin : "";
}

/** Names by number; undefined where a line is neither empty nor `number = name`. */
export function parseChannelNames(text: string): Readonly<Record<string, string>> | undefined {
  const names: Record<string, string> = {};
  for (const line of linesOf(text)) {
    const found = /^([1-9]\d{0,3})\s*[=:]\s*(\S.{0,63})$/.exec(line);
    if (!found) return undefined;
    names[found[1]!] = found[2]!;
  }
  return names;
}

/** Seconds as a person types them, in milliseconds; undefined where the text is empty, NaN where it is none. */
export function intervalOf(seconds: string): number | undefined {
  if (seconds.trim() === "") return undefined;
  return isWithin(seconds, 1, 600) ? Math.round(parseNumber(seconds) * 1_000) : NaN;
}

const linesOf = (text: string): string[] => [...new Set(parseLines(text))];

function isWithin(text: string, least: number, most: number): boolean {
  const number = parseNumber(text);
  return number >= least && number <= most;
}

/** What the hub is told of the secret: a text sets it, null removes it, undefined leaves it. */
export function secretToSend(secret: SecretDraft, hasSecret: boolean): string | null | undefined {
  if (secret.is === "removed") return hasSecret ? null : undefined;
  return secret.is === "set" && secret.text !== "" ? secret.text : undefined;
}
