import type { TFunction } from "i18next";

type Say = TFunction<"probes">;

/** What is wrong with a setting, by the sentence in which core and hub say it; the first that fits wins. */
const SENTENCES: readonly (readonly [RegExp, (say: Say, found: RegExpExecArray) => string])[] = [
  [/^is needed where a server looks$/, (say) => say("problem.neededThere")],
  [/^is needed(?: by this kind)?$/, (say) => say("problem.needed")],
  [/^must be text$/, (say) => say("problem.text")],
  [/^must not be empty$/, (say) => say("problem.empty")],
  [/^must have at most (\d+) characters$/, (say, found) => say("problem.tooLong", { limit: found[1] })],
  [/^must hold no control characters$/, (say) => say("problem.control")],
  [/^must be a host name or an address$/, (say) => say("problem.host")],
  [/^must be an address with http:/, (say) => say("problem.httpUrl")],
  [/^must be an address with ws:/, (say) => say("problem.wsUrl")],
  [/^must be one word of letters/, (say) => say("problem.word")],
  [/^must be like `Name: value`/, (say) => say("problem.header")],
  [/^must be a name of the server's policy/, (say) => say("problem.policyName")],
  [/^must be exit codes/, (say) => say("problem.exitCodes")],
  [/^cannot be read as an address$/, (say) => say("problem.unreadable")],
  [/^must be a number$/, (say) => say("problem.number")],
  [/^must be a whole number$/, (say) => say("problem.whole")],
  [/^must be (-?[\d.]+) to (-?[\d.]+)$/, (say, found) => say("problem.within", { least: found[1], most: found[2] })],
  [/^must be one of (.+)$/, (say, found) => say("problem.oneOf", { list: found[1] })],
  [/^must be at most (\d+) lines$/, (say, found) => say("problem.lines", { limit: found[1] })],
  [/^there is no such server$/, (say) => say("problem.noServer")],
  [/^must be a server that is reached by SSH or has an agent$/, (say) => say("problem.viaServer")],
  [/^must be null: this kind looks from the hub only$/, (say) => say("problem.viaHub")],
  [/^must be a server: this kind looks from a server only$/, (say) => say("problem.viaNeeded")],
  [/^is not used by this kind$/, (say) => say("problem.secretUnused")],
];

/** In the language in use; undefined for a sentence that is not of probes. */
export function problemText(sentence: string, say: Say): string | undefined {
  for (const [pattern, told] of SENTENCES) {
    const found = pattern.exec(sentence);
    if (found) return told(say, found);
  }
  return undefined;
}
