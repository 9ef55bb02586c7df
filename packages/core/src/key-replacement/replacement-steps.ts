import type { Instant } from "../time.ts";

/**
 * What may be done to one server: the new key is tried, its line is added, it is tried again, the server is switched to
 * it, the old key's line is taken out.
 */
export const REPLACEMENT_STEPS = ["test", "install", "prove", "switch", "remove"] as const;
export type ReplacementStep = (typeof REPLACEMENT_STEPS)[number];

/** What a try of the new key showed: that the server refuses it, or that nobody knows because it was not asked. */
export type KeyProof = "untried" | "proven" | "refused" | "unknown";

/** All that counts for what comes next; what a hub that ended in the middle did not remember is found out anew. */
export interface ReplacementFacts {
  readonly uses: "old" | "new";
  readonly proof: KeyProof;
  /** The new key's line was made sure of. */
  readonly isInstalled: boolean;
  /** The old key's line was looked after. */
  readonly isRemoved: boolean;
}

export interface ReplacementWishes {
  readonly install: boolean;
  readonly remove: boolean;
}

/**
 * What comes next for a server: add, prove, switch, remove, in this order. Nothing is switched to a key that was not let in,
 * and nothing is taken out while the server still uses it.
 */
export function nextReplacementStep(
  { uses, proof, isInstalled, isRemoved }: ReplacementFacts,
  { install, remove }: ReplacementWishes,
): ReplacementStep | "succeeded" | "failed" {
  switch (proof) {
    case "untried":
      return isInstalled ? "prove" : "test";
    case "unknown":
      return "failed";
    case "refused":
      return install && !isInstalled && uses === "old" ? "install" : "failed";
    case "proven":
      if (uses === "old") return "switch";
      return remove && !isRemoved ? "remove" : "succeeded";
  }
}

/** What the steps of a connection's test say of the key: it is proven when a program ran. Sudo asks for no key. */
export function keyProof(steps: readonly { readonly step: string; readonly ok: boolean }[]): KeyProof {
  if (steps.some(({ step, ok }) => step === "shell" && ok)) return "proven";
  return steps.some(({ step, ok }) => step === "login" && !ok) ? "refused" : "unknown";
}

export interface ReplacementStepProgress {
  readonly step: ReplacementStep;
  /** `skipped`: there was nothing to do, something speaks against it, or it is tried again; `detail` says which. */
  readonly state: "running" | "done" | "skipped" | "failed";
  /** What was found, or what is wrong and what to do. */
  readonly detail: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
}

/** How far one server is. Steps are there from when they begin. */
export interface ServerReplacement {
  readonly state: "waiting" | "running" | "succeeded" | "failed";
  readonly uses: "old" | "new";
  readonly steps: readonly ReplacementStepProgress[];
}

export type ReplacementEvent =
  | { readonly is: "began"; readonly step: ReplacementStep }
  | { readonly is: "ended"; readonly state: "done" | "skipped" | "failed"; readonly detail: string }
  | { readonly is: "switched" }
  | { readonly is: "over"; readonly state: "succeeded" | "failed" };

/** What a server is after an event. */
export function advanceReplacement(
  before: ServerReplacement,
  event: ReplacementEvent,
  now: Instant,
): ServerReplacement {
  switch (event.is) {
    case "began": {
      const step = { step: event.step, state: "running", detail: "", startedAt: now, endedAt: null } as const;
      return { ...before, state: "running", steps: [...before.steps, step] };
    }
    case "ended": {
      const { state, detail } = event;
      const steps = before.steps.map((step) =>
        step.state === "running" ? { ...step, state, detail, endedAt: now } : step,
      );
      return { ...before, steps };
    }
    case "switched":
      return { ...before, uses: "new" };
    case "over":
      return { ...before, state: event.state };
  }
}
