import { serviceKeyText } from "../services/service.ts";
import { orderByDependency } from "../services/dependency-order.ts";
import type { Dependency } from "../services/dependency-order.ts";
import { ROLLOUT_ACTIONS } from "./rollout.ts";
import type { BatchSize, RolloutPlan, RolloutTarget, RolloutWave, RolloutWish } from "./rollout.ts";

/** At most so many at once. */
export const batchSizeOf = (batch: BatchSize, targetCount: number): number =>
  Math.min(
    targetCount,
    Math.max(1, batch.is === "count" ? batch.count : Math.floor((targetCount * batch.percent) / 100)),
  );

export const targetName = ({ server, service }: Pick<RolloutTarget, "server" | "service">): string =>
  service === null ? server : `${server} ${serviceKeyText(service)}`;

/**
 * Puts targets into waves: by name, or by the graph, where what is needed comes first (and last where services are
 * stopped). No wave holds more than a batch, nor two targets of which one needs the other, but for circles.
 */
export function planRollout(
  wish: RolloutWish,
  targets: readonly RolloutTarget[],
  dependencies: readonly Dependency[],
): RolloutPlan {
  const { targets: _targets, order, canary, batch, ...kept } = wish;
  const byName = targets.toSorted((one, other) => compare(targetName(one), targetName(other)));
  const byId = new Map(byName.map((target) => [target.id, target]));
  const nameOf = (id: string): string => (byId.has(id) ? targetName(byId.get(id)!) : id);
  const ordered = orderByDependency(
    byName.map(({ id }) => id),
    order === "graph" ? dependencies : [],
  );
  const isBackwards = wish.action === "service.stop";
  const layers = (isBackwards ? ordered.layers.toReversed() : ordered.layers).map((layer) =>
    layer.map((id) => byId.get(id)!),
  );
  const batchSize = batchSizeOf(batch, targets.length);
  const notes = ordered.circles.map(
    (circle) =>
      `${circle
        .filter((id) => byId.has(id))
        .map(nameOf)
        .join(", ")} need each other: none of them is first.`,
  );
  const { undo, why } = ROLLOUT_ACTIONS[wish.action];
  if (wish.onFailure === "roll-back")
    notes.push(
      undo === null
        ? `Nothing can be rolled back: ${why}. When too many fail, nothing more begins.`
        : "Rolled back is what the rollout itself has changed; what was so before stays.",
    );
  return { ...kept, version: 1, batchSize, waves: inWaves(layers, batchSize, canary), notes };
}

function inWaves(
  layers: readonly (readonly RolloutTarget[])[],
  batchSize: number,
  canary: number,
): readonly RolloutWave[] {
  const waves: RolloutWave[] = [];
  for (const [index, layer] of layers.entries()) {
    let from = 0;
    if (index === 0 && canary > 0) {
      from = Math.min(canary, batchSize, layer.length);
      waves.push({ isCanary: true, targets: layer.slice(0, from) });
    }
    for (; from < layer.length; from += batchSize)
      waves.push({ isCanary: false, targets: layer.slice(from, from + batchSize) });
  }
  return waves;
}

/** Code units, so that every machine sorts alike. */
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

/** The plan's exact content as one text, the same for the same plan; an approval is bound to its hash. */
export const planText = (plan: RolloutPlan): string => canonical(plan);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .toSorted(([one], [other]) => compare(one, other))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`)
    .join(",")}}`;
}
