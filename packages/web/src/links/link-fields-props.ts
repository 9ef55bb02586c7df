import type { LinkDraft, SecretDraft } from "./link-draft.ts";

/** What the inputs of a way to a server are given. */
export interface LinkFieldsProps<Draft extends LinkDraft = LinkDraft> {
  readonly draft: Draft;
  readonly secret: {
    readonly secret: SecretDraft;
    readonly kept: "none" | "kept" | "forgotten";
    readonly error: string | undefined;
    readonly onChange: (secret: SecretDraft) => void;
  };
  /** What is wrong, by input and in the language in use. */
  readonly errors: Readonly<Record<string, string>>;
  readonly disabled: boolean;
  /** Of a server that is there already. */
  readonly serverId?: string;
  readonly onChange: (draft: LinkDraft) => void;
}
