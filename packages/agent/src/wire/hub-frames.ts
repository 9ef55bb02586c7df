import { TUNNEL_LIMITS } from "@muster/protocol";
import { ACTIONS, isFields, isText, isWhole } from "@muster/core";
import type {
  CommandCore,
  CommandDelivery,
  HelloBody,
  HubCertificate,
  HubFrame,
  ReadyBody,
  WelcomeBody,
} from "@muster/protocol";

/**
 * Checks of what a hub sends, written by hand: the agent carries no schema library. Unknown fields are ignored; the
 * value is undefined when a known one is missing or of another kind.
 */

type Fields = Readonly<Record<string, unknown>>;

const LIST_ITEMS_MAX = 10_000;
/** What a server is to run under a name, with checks and environment. */
const DEFINITION_CHARACTERS_MAX = 64 * 1024;

const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= LIST_ITEMS_MAX && value.every((item) => isText(item, 128));
const isRanges = (value: unknown): value is readonly (readonly [number, number])[] =>
  Array.isArray(value) &&
  value.length <= LIST_ITEMS_MAX &&
  value.every((pair) => Array.isArray(pair) && pair.length === 2 && isWhole(pair[0]) && isWhole(pair[1]));

/** A frame from the hub's text; `unknown` tells a kind this version does not know, undefined what is no frame. */
export function parseHubFrame(text: string): HubFrame | { readonly t: "unknown"; readonly what: string } | undefined {
  const frame = parseJson(text);
  if (!isFields(frame) || typeof frame["t"] !== "string") return undefined;
  const check = FRAME_CHECKS[frame["t"] as HubFrame["t"]];
  if (check === undefined || !Object.hasOwn(FRAME_CHECKS, frame["t"])) {
    return { t: "unknown", what: frame["t"].slice(0, 64) };
  }
  return check(frame) ? (frame as unknown as HubFrame) : undefined;
}

const isSigned = (frame: Fields): boolean => isText(frame["body"]) && isText(frame["sig"], 128);

const FRAME_CHECKS: Readonly<Record<HubFrame["t"], (frame: Fields) => boolean>> = {
  hello: isSigned,
  welcome: isSigned,
  ready: isSigned,
  ack: (frame) => isRanges(frame["seqs"]) && isWhole(frame["now"]),
  hold: (frame) => isWhole(frame["forMs"]),
  call: (frame) => isWhole(frame["id"]) && isText(frame["name"], 64),
  cmd: (frame) => isText(frame["c"]) && isText(frame["d"]) && isText(frame["sig"], 128),
  checkpoint: (frame) =>
    isWhole(frame["epoch"]) &&
    isWhole(frame["seq"]) &&
    isText(frame["hash"], 128) &&
    isWhole(frame["time"]) &&
    isText(frame["sig"], 128),
  "result-ack": (frame) => isText(frame["cmd"], 64),
  refused: (frame) => isText(frame["code"], 64) && isText(frame["message"], 2_000),
  unsupported: (frame) => isText(frame["what"], 256),
  open: (frame) => isWhole(frame["id"]) && isText(frame["name"], 64) && isWhole(frame["credit"]),
  credit: (frame) => isWhole(frame["id"]) && isWhole(frame["items"]),
  data: (frame) => isWhole(frame["id"]) && isText(frame["data"], TUNNEL_LIMITS.dataCharactersMax),
  close: (frame) => isWhole(frame["id"]),
};

export const parseHelloBody = (text: string): HelloBody | undefined =>
  parsed<HelloBody>(
    text,
    (body) =>
      isWhole(body["version"]) &&
      isText(body["hubCert"], 8_192) &&
      isText(body["hubNonce"], 64) &&
      isTextList(body["tlsPins"]) &&
      isText(body["minAgent"], 64) &&
      isTextList(body["revokedHubs"]) &&
      (body["dialled"] === undefined || typeof body["dialled"] === "boolean"),
  );

export const parseHubCertificate = (text: string): HubCertificate | undefined =>
  parsed<HubCertificate>(
    text,
    (body) =>
      isText(body["rootPub"], 128) &&
      isText(body["hubPub"], 128) &&
      isText(body["hubId"], 128) &&
      isWhole(body["notBefore"]) &&
      isWhole(body["notAfter"]) &&
      isText(body["sig"], 128),
  );

export const parseWelcomeBody = (text: string): WelcomeBody | undefined =>
  parsed<WelcomeBody>(
    text,
    (body) =>
      isText(body["agentId"], 64) &&
      isText(body["serverId"], 64) &&
      (body["state"] === "active" || body["state"] === "pending") &&
      isWhole(body["epoch"]) &&
      isText(body["auditHead"], 128),
  );

export const parseReadyBody = (text: string): ReadyBody | undefined =>
  parsed<ReadyBody>(
    text,
    (body) =>
      isText(body["sessionId"], 64) &&
      ["active", "pending", "quarantined"].includes(body["state"] as string) &&
      isWhole(body["now"]) &&
      isWhole(body["epoch"]) &&
      isText(body["auditHead"], 128) &&
      isWhole(body["intervalMs"]) &&
      (body["address"] === undefined || isText(body["address"], 128)) &&
      isRanges(body["received"]),
  );

export const parseCommandCore = (text: string): CommandCore | undefined =>
  parsed<CommandCore>(text, (body) => {
    const { actor, args } = body;
    return (
      body["v"] === 1 &&
      isText(body["cmd"], 64) &&
      /^[A-Za-z0-9-]{1,64}$/.test(body["cmd"]) &&
      isText(body["agent"], 64) &&
      isText(body["action"], 64) &&
      isFields(args) &&
      Object.keys(args).length <= 32 &&
      Object.entries(args).every(
        ([name, value]) =>
          isText(value, name === "definition" ? DEFINITION_CHARACTERS_MAX : 4_096) || Number.isSafeInteger(value),
      ) &&
      isFields(actor) &&
      ["id", "name", "role", "door"].every((name) => isText(actor[name], 256)) &&
      isText(body["reason"], 2_000) &&
      isWhole(body["notAfter"])
    );
  });

export const isKnownAction = (name: string): boolean => Object.hasOwn(ACTIONS, name);

export const parseCommandDelivery = (text: string): CommandDelivery | undefined =>
  parsed<CommandDelivery>(text, (body) => {
    const { audit } = body;
    return (
      isText(body["session"], 64) &&
      isWhole(body["epoch"]) &&
      isWhole(body["seq"]) &&
      isWhole(body["iat"]) &&
      isWhole(body["exp"]) &&
      isFields(audit) &&
      isWhole(audit["seq"]) &&
      isText(audit["hash"], 128)
    );
  });

function parsed<Body>(text: string, check: (body: Fields) => boolean): Body | undefined {
  const value = parseJson(text);
  return isFields(value) && check(value) ? (value as unknown as Body) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
