import { stageOf } from "@muster/core";
import type { resources } from "@muster/protocol";
import { escapeControls } from "@muster/node-kit";
import type { Colours } from "../terminal/colours.ts";
import { span } from "../terminal/formats.ts";

type ActionView = resources.ActionView;

/** What was asked, in a few words: "restart nginx.service@web-1". */
export function describeAction({ action, args, server }: Pick<ActionView, "action" | "args" | "server">): string {
  const { name, pid, signal, command } = args;
  if (action === "process.kill") return `kill ${pid}@${server} with ${signal}`;
  if (action === "exec.run") return `run ${command}@${server}`;
  const verb = action.slice(action.indexOf(".") + 1);
  const target = name === undefined ? server : `${name}@${server}`;
  return `${verb} ${target}${signal === undefined ? "" : ` with ${signal}`}`;
}

const WORD_CHARACTERS = "succeeded".length;

/** How the word of a stage is coloured. */
export function stageColour(word: string, colours: Colours): (text: string) => string {
  if (word === "succeeded") return colours.good;
  if (word === "failed" || word === "unknown") return colours.bad;
  return word === "refused" ? colours.warning : colours.faint;
}

/** One line of what becomes of an action. */
export function actionLine(item: ActionView, colours: Colours): string {
  const word = stageOf(item);
  const detail = item.state === "ended" && item.detail !== "" ? `: ${item.detail}` : "";
  const tookMs = item.endedAt === null ? 0 : item.endedAt - item.askedAt;
  const took = tookMs >= 1_000 ? colours.faint(` (${span(tookMs)})`) : "";
  return `${stageColour(word, colours)(word.padEnd(WORD_CHARACTERS))}  ${escapeControls(describeAction(item) + detail)}${took}\n`;
}
