import { actionOf, grantingLine } from "@muster/core";
import type { Verb } from "@muster/core";
import type { Service } from "../services/services-view.ts";

/** The line of `allow` that grants a verb on a service; undefined for a service whose name no policy can hold. */
export const verbPolicyLine = (verb: Verb, service: Pick<Service, "driver" | "name">): string | undefined =>
  grantingLine(actionOf(service, verb));

/** A refusal in two parts: the sentence, and the line to add where the server wrote one itself. */
export function splitRefusal(detail: string): { readonly sentence: string; readonly line: string | undefined } {
  const found = /(?:^|[\s:])(- ?\{?\s*action:[\s\S]*)$/.exec(detail);
  if (!found) return { sentence: detail, line: undefined };
  // The words that lead over to the line say nothing without it.
  const sentence = detail
    .slice(0, found.index)
    .replace(/[\s:;,]+$/, "")
    .replace(/;? ?this line under allow would$/, "");
  return { sentence, line: found[1]!.trim() };
}

/** Whether a refusal is for want of an entry: another one, such as a limit that is used up, no further line would lift. */
export const lacksEntry = (detail: string): boolean => /^(?:no entry|monitor-only)/.test(detail);
