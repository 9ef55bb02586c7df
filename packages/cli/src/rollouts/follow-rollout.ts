import { MusterError } from "@muster/core";
import type { ErrorCode } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { RolloutDetail, RolloutView } from "@muster/protocol";
import { followProgress } from "../actions/follow-progress.ts";
import type { HubWork, HubOptions } from "../commands/options.ts";
import { stageColour, stageWord, targetLabel } from "./rollout-text.ts";

type Outcome = NonNullable<RolloutView["outcome"]>;

const FAILURES: Readonly<Record<Exclude<Outcome, "succeeded">, ErrorCode>> = {
  partial: "ACTION_FAILED",
  failed: "ACTION_FAILED",
  "rolled-back": "ACTION_FAILED",
  aborted: "ACTION_FAILED",
  refused: "ACTION_REFUSED",
};

/** With what the command ends; undefined when all is well. */
export function rolloutFailure({ outcome, detail }: RolloutView): MusterError | undefined {
  if (outcome === null || outcome === "succeeded") return undefined;
  return new MusterError(FAILURES[outcome], { message: `The rollout ended ${outcome}: ${detail}.` });
}

/** Tells of each target as it comes further, until the rollout has ended. Aborting ends the waiting only. */
export async function followRollout(
  { shell, hub, options, colours }: Pick<HubWork<HubOptions>, "shell" | "hub" | "options" | "colours">,
  id: string,
): Promise<RolloutDetail> {
  const signal = shell.stopSignal();
  const params = { id };
  const write = (text: string): void => {
    if (!options.json) shell.terminal.write(text);
  };
  const told = new Map<string, string>();
  let toldState = "";
  const tell = ({ rollout, plan, targets }: RolloutDetail): void => {
    const labels = new Map(plan.waves.flatMap((wave) => wave.targets.map((one) => [one.id, targetLabel(one)])));
    for (const { id: target, wave, stage, detail } of targets) {
      if (stage === "waiting" || told.get(target) === stage) continue;
      told.set(target, stage);
      const word = stageColour(stage, colours)(stageWord(stage));
      write(`wave ${wave + 1}  ${labels.get(target) ?? target}: ${word}${detail && ` (${escapeControls(detail)})`}\n`);
    }
    const state = rollout.outcome ?? rollout.state;
    if (state !== toldState && state !== "running")
      write(`${state}${rollout.detail && `: ${escapeControls(rollout.detail)}`}\n`);
    toldState = state;
  };
  const read = (
    query: { readonly waitMs?: number; readonly after?: number },
    stop: AbortSignal,
  ): Promise<RolloutDetail> => hub.call("GET /api/v1/rollouts/{id}", { params, query }, { signal: stop });
  const first = await read({}, signal);
  const withRevision = (detail: RolloutDetail) => ({ detail, revision: detail.rollout.revision });
  const last = await followProgress(
    shell,
    withRevision(first),
    {
      isOver: ({ detail }) => detail.rollout.state === "ended",
      tell: ({ detail }) => tell(detail),
      next: async (query, stop) => withRevision(await read(query, stop)),
      where: `\`muster roll show ${id}\` tells how it is.`,
    },
    signal,
  );
  return last.detail;
}
