import type { RolloutDetail, RolloutView } from "@muster/protocol";
import { escapeControls } from "@muster/node-kit";
import { serviceLabel } from "../services/selection.ts";
import type { Colours } from "../terminal/colours.ts";
import { span, UNKNOWN, utc } from "../terminal/formats.ts";
import { renderFields, renderTable } from "../terminal/table.ts";

type Target = RolloutDetail["plan"]["waves"][number]["targets"][number];
type Stage = RolloutDetail["targets"][number]["stage"];

export const targetLabel = ({ server, service }: Target): string =>
  escapeControls(service === null ? server : serviceLabel({ name: service.name, server }));

const STAGE_WORDS: Readonly<Record<Stage, string>> = {
  waiting: "waits",
  asked: "asked",
  acted: "done, not known to be well yet",
  good: "well",
  failed: "failed",
  undoing: "being rolled back",
  undone: "rolled back",
  left: "not rolled back",
};
const FAILURE_WORDS = {
  stop: "nothing more begins",
  "roll-back": "what was done is rolled back",
  "go-on": "it goes on",
} as const;

export const stageWord = (stage: Stage): string => STAGE_WORDS[stage];
export const stageColour = (stage: Stage, colours: Colours): ((text: string) => string) =>
  stage === "good" || stage === "undone"
    ? colours.good
    : stage === "failed" || stage === "left"
      ? colours.bad
      : colours.faint;

/** Everything that a plan will do, for a person to say yes to. */
export function planText({ plan, rollout }: Pick<RolloutDetail, "plan" | "rollout">): string {
  const count = rollout.targetCount;
  const { stableMs, timeoutMs } = plan.gate;
  const args = Object.entries(plan.args).map(([name, value]) => ` ${name}=${value}`);
  const width = `wave ${plan.waves.length} (canary)`.length;
  const lines = [
    `${plan.name}: ${plan.action}${args.join("")} on ${count} ${count === 1 ? "target" : "targets"}, at most ${plan.batchSize} at once.`,
    ...plan.waves.map(({ isCanary, targets }, index) => {
      const title = `wave ${index + 1}${isCanary ? " (canary)" : ""}`;
      return `  ${title.padEnd(width)}  ${targets.map(targetLabel).join(", ")}`;
    }),
    `Each must be well for ${stableMs === 0 ? "a moment" : span(stableMs)} within ${span(timeoutMs)}${plan.pauseMs === 0 ? "" : `; ${span(plan.pauseMs)} between waves`}.`,
    plan.onFailure === "go-on"
      ? "Whatever fails, it goes on."
      : `When more than ${plan.failuresMax} ${plan.failuresMax === 1 ? "has" : "have"} failed, ${FAILURE_WORDS[plan.onFailure]}.`,
    ...plan.notes,
    ...(plan.needsApproval ? ["Somebody else must approve it before it starts."] : []),
    `Plan ${rollout.sha256.slice(0, 12)} of ${rollout.asker}, id ${rollout.id}.`,
  ];
  return lines.map((line) => `${escapeControls(line)}\n`).join("");
}

const stateWord = ({ state, outcome }: RolloutView): string => outcome ?? state;
const stateColour = (rollout: RolloutView, colours: Colours): ((text: string) => string) =>
  rollout.state !== "ended" ? colours.faint : rollout.outcome === "succeeded" ? colours.good : colours.bad;

export const rolloutTable = (items: readonly RolloutView[], colours: Colours): Promise<string> =>
  renderTable(
    [
      { title: "planned" },
      { title: "state" },
      { title: "name" },
      { title: "wave", align: "right" },
      { title: "well", align: "right" },
      { title: "failed", align: "right" },
      { title: "by" },
      { title: "id" },
    ],
    items.map((item) => [
      utc(item.askedAt),
      { text: stateWord(item), colour: stateColour(item, colours) },
      item.name,
      item.wave === null ? UNKNOWN : `${item.wave + 1}/${item.waveCount}`,
      `${item.counts.good ?? 0}/${item.targetCount}`,
      String(item.counts.failed ?? 0),
      item.asker,
      item.id,
    ]),
  );

/** One rollout with how far each target is. */
export async function rolloutText(detail: RolloutDetail, colours: Colours): Promise<string> {
  const { rollout, plan, targets } = detail;
  const labels = new Map(plan.waves.flatMap((wave) => wave.targets.map((target) => [target.id, targetLabel(target)])));
  const fields = renderFields([
    ["state", [stateWord(rollout), rollout.detail].filter(Boolean).join(": ")],
    ["approved", rollout.approvedBy === null ? UNKNOWN : `${rollout.approvedBy}, ${utc(rollout.approvedAt)}`],
    ["started", utc(rollout.startedAt)],
    ["ended", utc(rollout.endedAt)],
    ["plan", rollout.sha256],
  ]);
  const table = await renderTable(
    [{ title: "wave", align: "right" }, { title: "target" }, { title: "state" }, { title: "detail" }],
    targets.map(({ id, wave, stage, detail: why }) => [
      String(wave + 1),
      labels.get(id) ?? id,
      { text: stageWord(stage), colour: stageColour(stage, colours) },
      why || UNKNOWN,
    ]),
  );
  return `${planText(detail)}\n${fields}\n${table}`;
}
