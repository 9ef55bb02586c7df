import type { RuleDraft } from "./rule-draft.ts";

/** What each part of the form of a rule is given. */
export interface PartProps {
  readonly draft: RuleDraft;
  /** By input. */
  readonly errors: Readonly<Record<string, string>>;
  readonly onChange: (parts: Partial<RuleDraft>) => void;
  /** Where a change takes others along. */
  readonly onDraft: (draft: RuleDraft) => void;
}
