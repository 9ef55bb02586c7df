import { LOG_RULE_LIMITS } from "@muster/core";
import type { SayAlerts } from "./use-alert-texts.ts";

/** What is wrong with a rule or a notifier, by the sentence in which core and hub say it; the first that fits wins. */
const SENTENCES: readonly (readonly [RegExp, (say: SayAlerts, found: RegExpExecArray) => string])[] = [
  [/^must hold at least one level$/, (say) => say("problem.levelNone")],
  [/^must hold finite thresholds$/, (say) => say("problem.number")],
  [/^must go from the mildest to the worst$/, (say) => say("problem.levelOrderUp")],
  [/^must each be further up than/, (say) => say("problem.levelOrderUp")],
  [/^must each be further down than/, (say) => say("problem.levelOrderDown")],
  [/^must be at most the first threshold$/, (say) => say("problem.clearAbove")],
  [/^must be at least the first threshold$/, (say) => say("problem.clearBelow")],
  [/^must be the name of a metric$/, (say) => say("problem.metricName")],
  [/^is needed for a forecast$/, (say) => say("problem.forecast")],
  [/^must name at least one trouble$/, (say) => say("problem.trouble")],
  [/^can be set for conditions with levels only$/, (say) => say("problem.noLevels")],
  [/^must name services, or files of a server$/, (say) => say("problem.logNamed")],
  [/^must be absolute paths without \.\.$/, (say) => say("problem.logFiles")],
  [/^must have 1 to \d+ characters$/, (say) => say("problem.pattern", { limit: LOG_RULE_LIMITS.patternCharactersMax })],
  [/^must be ten seconds to a day$/, (say) => say("problem.within")],
  [/^must hold whole numbers of lines/, (say) => say("problem.lineCount", { limit: LOG_RULE_LIMITS.linesMax })],
  [/^must be like name=value$/, (say) => say("problem.label")],
  [/^must name a server or a tag$/, (say) => say("problem.someScope")],
  [/^must be a number$/, (say) => say("problem.number")],
  [/^is needed$/, (say) => say("problem.needed")],
  [/^must be like 08:30$/, (say) => say("problem.clock")],
  [/^must name at least one day$/, (say) => say("problem.days")],
  [/^(?:must be a time zone|is no time zone)/, (say) => say("problem.zone")],
  [/^there is no such notifier$/, (say) => say("problem.noNotifier")],
  [/^must be 1 to 64 small letters/, (say) => say("problem.slug")],
  [/^another status page has this address$/, (say) => say("problem.slugTaken")],
  [/^knows no (.+): there are (.+)$/, (say, found) => say("problem.template", { wrong: found[1], list: found[2] })],
  [/^leads back to this one$/, (say) => say("problem.fallbackLoop")],
];

/** In the language in use; undefined for a sentence that is not of alerting. */
export function alertProblemText(sentence: string, say: SayAlerts): string | undefined {
  for (const [pattern, text] of SENTENCES) {
    const found = pattern.exec(sentence);
    if (found !== null) return text(say, found);
  }
  return undefined;
}
