import { agentFrameSchema } from "@muster/protocol";
import type { AgentFrame } from "@muster/protocol";
import { parseJson, ProtocolViolation } from "./batch-intake.ts";

const KNOWN_TYPES = new Set<string>([
  "begin",
  "enroll",
  "auth",
  "batch",
  "facts",
  "policy",
  "reply",
  "result",
  "rotate",
  "items",
  "end",
] satisfies AgentFrame["t"][]);

/** A kind of frame that this version does not know. */
export interface UnknownFrame {
  readonly t: "unknown";
  /** At most 32 characters of what it calls itself. */
  readonly what: string;
}

/** An agent's frame from its text. Throws ProtocolViolation for what is no frame, or a known one of a wrong form. */
export function parseFrame(text: string): AgentFrame | UnknownFrame {
  const raw = parseJson(text);
  const parsed = agentFrameSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const said = typeof raw === "object" && raw !== null && "t" in raw ? raw.t : undefined;
  const what = typeof said === "string" ? said.slice(0, 32) : "";
  if (what === "" || KNOWN_TYPES.has(what)) throw new ProtocolViolation("a frame has a wrong form");
  return { t: "unknown", what };
}
