import type { resources } from "@muster/protocol";
import type { Command } from "commander";
import type { HubOptions, HubWork } from "../commands/options.ts";
import { askForAction } from "./ask.ts";
import type { Wanted } from "./ask.ts";
import { coloursFor } from "../terminal/colours.ts";
import { actionLine } from "./describe-action.ts";
import { followOutcomes } from "./follow-outcomes.ts";
import { outcomeFailure } from "./outcome-failure.ts";

type ActionView = resources.ActionView;

export interface EffectOptions extends HubOptions {
  readonly reason?: string;
  /** `--no-wait` makes it false. */
  readonly wait: boolean;
  readonly yes?: boolean;
}

export const effectOptions = (command: Command): Command =>
  command
    .option("--reason <text>", "why, for the audit log")
    .option("--no-wait", "do not wait for the outcome: 0 then means that it was asked for");

/**
 * Asks for an action and shows what becomes of it as it comes: asked, sent, outcome; on standard error where something
 * else is the result. What comes back has ended, unless
 * `--no-wait` was given. Throws what the hub refuses; outcomes are values.
 */
export async function haveEffect(
  { shell, hub, options, show }: HubWork<EffectOptions>,
  wanted: Omit<Wanted, "reason">,
  linesTo: "output" | "error" = "output",
): Promise<readonly ActionView[]> {
  const { reason } = options;
  const { terminal } = shell;
  const colours = coloursFor(linesTo, terminal, shell.env);
  const signal = shell.stopSignal();
  const batch = await askForAction(shell, hub, options, { ...wanted, ...(reason !== undefined && { reason }) }, signal);
  const tell = (item: ActionView): void => {
    if (options.json) return;
    const line = actionLine(item, colours);
    if (linesTo === "output") terminal.write(line);
    else terminal.writeError(line);
  };
  if (!options.wait) batch.items.forEach(tell);
  const items = options.wait ? await followOutcomes(shell, hub, batch, tell, signal) : batch.items;
  await show({ batchId: batch.batchId, items }, () => "");
  return items;
}

/** `haveEffect`, ending as the worst outcome says. */
export async function haveEffectOrFail(work: HubWork<EffectOptions>, wanted: Omit<Wanted, "reason">): Promise<void> {
  const failure = outcomeFailure(await haveEffect(work, wanted));
  if (failure) throw failure;
}
