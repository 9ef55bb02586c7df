import type { RolloutState, TargetStage } from "@muster/core";
import type { RolloutDetail, RolloutView } from "@muster/protocol";
import type { ListedRollout, StoredRollout } from "./rollout-store.ts";

const countsOf = ({ run }: StoredRollout): Partial<Record<TargetStage, number>> => {
  const counts: Partial<Record<TargetStage, number>> = {};
  for (const { stage } of run.targets) counts[stage] = (counts[stage] ?? 0) + 1;
  return counts;
};

const detailOf = (state: RolloutState): string =>
  state.is === "ended" ? state.detail : "why" in state ? state.why : "";

/** As it is listed. */
export const listedView = ({ plan, state, counts, ...rest }: ListedRollout): RolloutView => ({
  id: rest.id,
  name: plan.name,
  action: plan.action,
  state: state.is,
  outcome: state.is === "ended" ? state.outcome : null,
  detail: detailOf(state),
  wave: "wave" in state ? state.wave : null,
  waveCount: plan.waves.length,
  targetCount: plan.waves.reduce((sum, { targets }) => sum + targets.length, 0),
  counts: { ...counts },
  sha256: rest.sha256,
  asker: rest.asker,
  approvedBy: rest.approvedBy,
  askedAt: rest.askedAt,
  approvedAt: rest.approvedAt,
  startedAt: rest.startedAt,
  endedAt: rest.endedAt,
  revision: rest.revision,
});

export const rolloutView = (rollout: StoredRollout): RolloutView =>
  listedView({ ...rollout, state: rollout.run.state, counts: countsOf(rollout) });

export const rolloutDetail = (rollout: StoredRollout): RolloutDetail => ({
  rollout: rolloutView(rollout),
  // A plan is what it is kept as, which the schema of the answer says anew.
  plan: rollout.plan as unknown as RolloutDetail["plan"],
  targets: rollout.run.targets.map(({ id, wave, stage, detail, cmd, undoCmd, goodSince }) => ({
    ...{ id, wave, stage, detail, cmd, undoCmd, goodSince },
  })),
});
