import { useState } from "react";
import { KEPT_SECRET, secretToSend } from "./link-draft.ts";
import type { SecretDraft } from "./link-draft.ts";

interface SecretUse {
  readonly is: "none" | "optional" | "required";
  readonly hasSecret: boolean;
  /** The hub forgets what is kept, since it would go elsewhere. */
  readonly isForgotten: boolean;
}

/** The secret of a form, what the hub is told of it, and whether one is lacking. */
export function useSecretDraft({ is, hasSecret, isForgotten }: SecretUse) {
  const [secret, setSecret] = useState<SecretDraft>(KEPT_SECRET);
  const sent = secretToSend(secret, hasSecret);
  const isLacking = is === "required" && (sent === null || (sent === undefined && (!hasSecret || isForgotten)));
  const kept = !hasSecret ? ("none" as const) : isForgotten ? ("forgotten" as const) : ("kept" as const);
  return { secret, setSecret, sent, isLacking, kept };
}
