import { ForeignText } from "../components/foreign-text.tsx";
import { useFormat } from "../i18n/use-format.ts";
import type { Probe } from "./probes-view.ts";
import { useProbeTexts } from "./use-probe-texts.ts";

/** What a probe looks at, in short; one that waits to be called has no target but a time. */
export function TargetText({ probe }: { readonly probe: Pick<Probe, "kind" | "target" | "settings"> }) {
  const say = useProbeTexts();
  const format = useFormat();
  const { everySeconds, graceSeconds } = probe.settings;
  if (probe.kind !== "passive" || typeof everySeconds !== "number") return <ForeignText text={probe.target} />;
  const time = format.span(everySeconds * 1_000);
  return typeof graceSeconds === "number" && graceSeconds > 0
    ? say("everyAnd", { time, grace: format.span(graceSeconds * 1_000) })
    : say("every", { time });
}
