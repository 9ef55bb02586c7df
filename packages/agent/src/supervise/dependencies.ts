import { isSuccess } from "@muster/core";
import type { SupervisedService } from "./supervised-service.ts";

export type DependencyVerdict =
  | { readonly is: "ready" }
  /** `start`: those that nobody asked for yet, and that have to be started for it. */
  | { readonly is: "waiting"; readonly start: readonly SupervisedService[] }
  | { readonly is: "failed"; readonly cause: string };

/**
 * Whether what a service depends on lets it start. A dependency that people stopped is not started behind their back, and
 * the policy that lets the hub start one service does not let it start that other one.
 */
export function judgeDependencies(
  service: SupervisedService,
  find: (name: string) => SupervisedService | undefined,
): DependencyVerdict {
  const start: SupervisedService[] = [];
  let isWaiting = false;
  for (const name of service.definition.dependsOn) {
    const other = find(name);
    if (other === undefined) return { is: "failed", cause: `${name}, which it depends on, is not defined` };
    const { standing, wanted } = other.unit;
    if (standing.is === "failed") return { is: "failed", cause: `${name}, which it depends on, has failed` };
    if (standing.is === "running") continue;
    if (standing.is === "stopped") {
      if (wanted === "unasked") start.push(other);
      // It did its work and ended as it should: that is as ready as it gets.
      else if (wanted === "running" && other.lastExit !== null && isSuccess(other.lastExit, other.definition.restart))
        continue;
      else return { is: "failed", cause: `${name}, which it depends on, is stopped: start it first` };
    } else if (wanted !== "running") return { is: "failed", cause: `${name}, which it depends on, is being stopped` };
    isWaiting = true;
  }
  return isWaiting ? { is: "waiting", start } : { is: "ready" };
}
