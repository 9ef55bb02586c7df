import { probeEntry } from "./kinds.ts";
import type { ProbeKindName } from "./kinds.ts";
import type { ProbeSettings } from "./fields.ts";

/**
 * What is wrong with from where a probe is to look, and which of its parts must be mended (`via`, or a setting as
 * `settings.name`); undefined when it can look from there. `via`: a server, null for the hub.
 */
export function lookFromProblem(
  kind: ProbeKindName,
  settings: ProbeSettings,
  via: string | null,
): { readonly at: string; readonly why: string } | undefined {
  const { reach, viaNeeds } = probeEntry(kind);
  if (via !== null && reach === "hub-only")
    return { at: "via", why: "must be null: this kind looks from the hub only" };
  if (via === null && reach === "server-only")
    return { at: "via", why: "must be a server: this kind looks from a server only" };
  return via !== null && viaNeeds !== undefined && settings[viaNeeds] === ""
    ? { at: `settings.${viaNeeds}`, why: "is needed where a server looks" }
    : undefined;
}
