import { MusterError } from "@muster/core";
import type { ErrorCode } from "@muster/core";
import { escapeControls } from "@muster/node-kit";
import type { RolloutDetail, RolloutView } from "@muster/protocol";
import { followProgress, WAIT_MS } from "../actions/follow-progress.ts";
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

/** Tells of each target as it comes further, from what was known when it was started until it has ended. */
export async function followRollout(
  { shell, hub, options, colours }: Pick<HubWork<HubOptions>, "shell" | "hub" | "options" | "colours">,
  first: RolloutDetail,
): Promise<RolloutDetail> {
  const { id } = first.rollout;
  const write = (text: string): void => {
    if (!options.json) shell.terminal.write(text);
  };
  const labels = new Map(first.plan.waves.flatMap(({ targets }) => targets.map((one) => [one.id, targetLabel(one)])));
  const told = new Map<string, string>();
  let toldState: string = first.rollout.state;
  return followProgress(
    shell,
    first,
    {
      isOver: ({ rollout }) => rollout.state === "ended",
      tell({ rollout, targets }) {
        for (const { id: target, wave, stage, detail } of targets) {
          if (stage === "waiting" || told.get(target) === stage) continue;
          told.set(target, stage);
          const word = stageColour(stage, colours)(stageWord(stage));
          write(
            `wave ${wave + 1}  ${labels.get(target) ?? target}: ${word}${detail && ` (${escapeControls(detail)})`}\n`,
          );
        }
        const state = rollout.outcome ?? rollout.state;
        if (state !== toldState && state !== "running")
          write(`${state}${rollout.detail && `: ${escapeControls(rollout.detail)}`}\n`);
        toldState = state;
      },
      next: ({ rollout }, stop) =>
        hub.call(
          "GET /api/v1/rollouts/{id}",
          { params: { id }, query: { waitMs: WAIT_MS, after: rollout.revision } },
          { signal: stop },
        ),
      where: `\`muster roll show ${id}\` tells how it is.`,
    },
    shell.stopSignal(),
  );
}
