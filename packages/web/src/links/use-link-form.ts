import { useState } from "react";
import { useFieldErrors } from "../components/use-field-errors.ts";
import { KEPT_SECRET, movesElsewhere, problemsOf, secretOf, settingsOf } from "./link-draft.ts";
import type { LinkDraft, SecretDraft } from "./link-draft.ts";
import type { LinkView } from "@muster/protocol";
import { useLinkTexts } from "./use-link-texts.ts";

/** A way to a server while it is filled in. `known` is what the hub has, for one that is changed. */
export function useLinkForm(first: LinkDraft, known?: Pick<LinkView, "settings" | "hasSecret">) {
  const say = useLinkTexts();
  const [draft, setDraft] = useState(first);
  const [secret, setSecret] = useState<SecretDraft>(KEPT_SECRET);
  // Nobody is told of an empty field before there was a try.
  const [told, setTold] = useState<"not yet" | "all">("not yet");
  const problems = problemsOf(draft);
  const isSound = Object.keys(problems).length === 0;
  const isMoved = known !== undefined && isSound && movesElsewhere(known.settings, settingsOf(draft));
  const hasSecret = known?.hasSecret ?? false;
  return {
    draft,
    setDraft,
    secret,
    setSecret,
    isSound,
    /** What the hub is to be told, once the draft is sound. */
    settings: () => settingsOf(draft),
    secretToSend: () => secretOf(draft, secret, hasSecret),
    kept: !hasSecret ? ("none" as const) : isMoved ? ("forgotten" as const) : ("kept" as const),
    tell: () => setTold("all"),
    untell: () => setTold("not yet"),
    problemTexts: (): Readonly<Record<string, string>> =>
      told === "not yet"
        ? {}
        : Object.fromEntries(Object.entries(problems).map(([input, problem]) => [input, say(`form.${problem}`)])),
  };
}
export type LinkForm = ReturnType<typeof useLinkForm>;

/** Inputs of a way to a server at which an answer of the hub is shown. */
export const LINK_INPUTS = [
  "host",
  "port",
  "user",
  "keyId",
  "via",
  "policy",
  "dial",
  "url",
  "adapter",
  "timeoutMs",
  "channelNames",
  "allow",
  "secret",
] as const;

/** What is wrong at which input: what the form sees itself, and what the hub said. */
export function useLinkErrors(form: LinkForm, ...errors: readonly unknown[]): Readonly<Record<string, string>> {
  const said = useFieldErrors(errors.find((error) => error !== null && error !== undefined));
  return { ...said, ...form.problemTexts() };
}
