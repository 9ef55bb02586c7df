import { isMusterError, MusterError, outcomeOfWork } from "@muster/core";
import type { Actor, Clock, Right, TaskDefinition, TaskRunOutcome, TaskWork } from "@muster/core";
import type { ActionOutbox } from "../commands/action-outbox.ts";
import type { CommandBus } from "../commands/command-bus.ts";
import { neededRight } from "../commands/plan-actions.ts";
import { resolveTargets } from "../commands/targets.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServiceDirectory } from "../fleet/service-directory.ts";
import type { NotifierDesk } from "../notify/notifier-desk.ts";
import type { ProbeDesk } from "../probes/probe-desk.ts";
import type { Backups } from "../state/backups.ts";
import type { TaskRunRow } from "../state/schema.ts";
import type { TaskStore } from "./task-store.ts";

export interface TaskWorkDeps {
  readonly bus: CommandBus;
  readonly outbox: ActionOutbox;
  readonly fleet: Fleet;
  readonly services: ServiceDirectory;
  readonly probes: Pick<ProbeDesk, "has" | "run" | "definition">;
  readonly notifiers: Pick<NotifierDesk, "canSay" | "nameOf" | "say">;
  readonly backups: Backups;
  readonly store: TaskStore;
  readonly clock: Clock;
}

/** What one attempt came to. */
export interface WorkResult {
  readonly outcome: TaskRunOutcome;
  readonly detail: string;
}

/** An attempt at the work of a run. */
export interface Attempt {
  readonly run: TaskRunRow;
  readonly definition: TaskDefinition;
  /** The task itself, with what its owner may do now. */
  readonly actor: Actor;
  /** Aborts when nobody here waits for its outcome any more, with `LEFT` as the reason where somebody else will. */
  readonly signal: AbortSignal;
  /** Call when all is asked for and only outcomes are awaited: then it is another one's turn to ask. */
  readonly asked: () => void;
}

/** Why an attempt is left alone: another hub, or the next start of this one, goes on with it. */
export const LEFT = Symbol("left to another hub");

const OUTPUT_CHARACTERS_MAX = 65_536;
const PROBES_AT_ONCE = 20;
/** An action ends by itself long before. */
const WAIT_MS = 86_400_000;

/** The right to what a task does, which its writer must hold, and its owner each time. */
export function rightOfWork(work: TaskWork): Right {
  switch (work.is) {
    case "action":
      return neededRight(work.action, isOneService(work.targets) ? 1 : 2);
    case "probe":
      return "probes.run";
    case "webhook":
      return "notifiers.write";
    case "backup":
      return "hub.write";
  }
}

const isOneService = ({ services, ...conditions }: Extract<TaskWork, { is: "action" }>["targets"]): boolean =>
  services?.length === 1 && Object.keys(conditions).length === 0;

/** Throws BAD_REQUEST or NOT_FOUND, naming the field, for work that cannot be done. */
export function checkWork(
  work: TaskWork,
  { fleet, services, probes, notifiers }: Pick<TaskWorkDeps, "fleet" | "services" | "probes" | "notifiers">,
): void {
  if (work.is === "backup") return;
  if (work.is === "probe") {
    work.probeIds.forEach((id, index) => {
      if (!probes.has(id)) throw notFound(`work.probeIds.${index}`, "there is no such probe");
    });
    return;
  }
  if (work.is === "webhook") {
    if (notifiers.nameOf(work.notifierId) === undefined) throw notFound("work.notifierId", "there is no such notifier");
    if (!notifiers.canSay(work.notifierId))
      throw new MusterError("BAD_REQUEST", {
        fields: { "body.work.notifierId": "must be a notifier of kind webhook or Telegram" },
      });
    return;
  }
  if (work.action === "shell")
    throw new MusterError("BAD_REQUEST", { fields: { "body.work.action": "needs somebody who sits at it" } });
  try {
    resolveTargets(work.action, work.args, work.targets, { fleet, directory: services });
  } catch (error) {
    if (!isMusterError(error)) throw error;
    const { services: ids, servers } = work.targets;
    if (error.code === "NOT_FOUND") {
      // Nothing has this tag or name today, and something may tomorrow; what is named by id is there or is a mistake.
      if (ids === undefined && servers === undefined) return;
      throw notFound("work.targets", "name something that is not there");
    }
    throw new MusterError("BAD_REQUEST", {
      fields: Object.fromEntries(
        Object.entries(error.details.fields ?? {}).map(([field, why]) => [field.replace(/^body\./, "body.work."), why]),
      ),
    });
  }
}

const notFound = (field: string, why: string): MusterError =>
  new MusterError("NOT_FOUND", { fields: { [`body.${field}`]: why } });

/**
 * Does the work of one attempt and says what came of it. Asked again for the same attempt, after a hub ended in the middle,
 * it finds what it had asked of servers then. Throws FORBIDDEN where the owner may not do it any more.
 */
export async function doWork(attempt: Attempt, deps: TaskWorkDeps): Promise<WorkResult> {
  const { work } = attempt.definition;
  switch (work.is) {
    case "action":
      return askServers(work, attempt, deps);
    case "probe":
      return runProbes(work, attempt, deps);
    case "webhook":
      return callNotifier(work, attempt, deps);
    case "backup":
      return makeBackup(work, attempt, deps);
  }
}

/** Whether an attempt in whose middle a hub ended can go on without doing anything twice. */
export const canResume = (work: TaskWork): boolean => work.is !== "webhook";

async function askServers(
  { action, args, targets }: Extract<TaskWork, { is: "action" }>,
  { run, definition, actor, signal, asked }: Attempt,
  { bus, outbox, store }: TaskWorkDeps,
): Promise<WorkResult> {
  const { batchId, items } = await bus.ask(actor, "task", {
    ...{ action, args, targets },
    reason: `task ${definition.name}`.slice(0, 500),
    idempotencyKey: `task-run:${run.id}:${run.attempt}`,
  });
  await store.addBatch(run.id, run.attempt, batchId);
  asked();
  const ids = items.map(({ id }) => id);
  const withdraw = (): void => {
    if (signal.reason !== LEFT) outbox.withdraw(ids, "its run has ended");
  };
  signal.addEventListener("abort", withdraw, { once: true });
  try {
    const ended = await Promise.all(ids.map((id) => outbox.wait(id, WAIT_MS, signal)));
    return outcomeOfWork(
      ended.map(({ outcome, detail, server, args: { name } }) => ({
        ...{ is: outcome ?? "unknown", detail },
        what: name === undefined ? server : `${name}@${server}`,
      })),
    );
  } finally {
    signal.removeEventListener("abort", withdraw);
    if (signal.aborted) withdraw();
  }
}

async function runProbes(
  { probeIds }: Extract<TaskWork, { is: "probe" }>,
  { run, definition, actor, signal, asked }: Attempt,
  { bus, probes, store, clock }: TaskWorkDeps,
): Promise<WorkResult> {
  const one = async (id: string, place: number) => {
    if (!probes.has(id)) return { is: "failed", what: id, detail: "there is no such probe any more" } as const;
    const what = probes.definition(id).name;
    const looked = await probes.run(id).then(
      ({ health, detail }) =>
        ({
          is: health === "healthy" ? "succeeded" : health === "unknown" ? "unknown" : "failed",
          detail: detail === "" ? health : detail,
        }) as const,
      (error: unknown) => ({ is: "failed", detail: wordsOf(error) }) as const,
    );
    await store.setStep({
      ...{ run_id: run.id, attempt: run.attempt, place, what, outcome: looked.is, detail: looked.detail },
      ...{ output: "", ended_at: clock.now() },
    });
    return { ...looked, what };
  };
  asked();
  const change = { name: "probe.run", right: "probes.run", target: definition.name, args: { probeIds } } as const;
  return bus.change(actor, "task", change, async () => {
    const looked: Awaited<ReturnType<typeof one>>[] = [];
    for (let from = 0; from < probeIds.length && !signal.aborted; from += PROBES_AT_ONCE)
      looked.push(
        ...(await Promise.all(probeIds.slice(from, from + PROBES_AT_ONCE).map((id, index) => one(id, from + index)))),
      );
    return outcomeOfWork(looked);
  });
}

async function callNotifier(
  { notifierId, text }: Extract<TaskWork, { is: "webhook" }>,
  { run, definition, actor, signal }: Attempt,
  { bus, notifiers, store, clock }: TaskWorkDeps,
): Promise<WorkResult> {
  const what = notifiers.nameOf(notifierId) ?? notifierId;
  const change = {
    name: "notifier.message",
    right: "notifiers.write",
    target: what,
    args: { task: definition.name },
  } as const;
  const { outcome, detail } = await bus.change(actor, "task", change, () => notifiers.say(notifierId, text, signal));
  const is = outcome === "sent" ? "succeeded" : "failed";
  await store.setStep({
    ...{ run_id: run.id, attempt: run.attempt, place: 0, what, outcome: is, detail },
    ...{ output: text.slice(0, OUTPUT_CHARACTERS_MAX), ended_at: clock.now() },
  });
  return { outcome: is, detail };
}

async function makeBackup(
  { keep }: Extract<TaskWork, { is: "backup" }>,
  { run, actor }: Attempt,
  { bus, backups, store, clock }: TaskWorkDeps,
): Promise<WorkResult> {
  const change = { name: "hub.backup", right: "hub.write", target: "state", args: { keep } } as const;
  const { path, bytes, removed } = await bus.change(actor, "task", change, () => backups.make(keep));
  const detail = `${bytes} bytes${removed > 0 ? `, ${removed} older removed` : ""}`;
  await store.setStep({
    ...{ run_id: run.id, attempt: run.attempt, place: 0, what: "backup of the state", outcome: "succeeded", detail },
    ...{ output: path, ended_at: clock.now() },
  });
  return { outcome: "succeeded", detail };
}

/** An error in one line for people; what nobody foresaw is not shown. */
export function wordsOf(error: unknown): string {
  if (!isMusterError(error)) return "an internal failure; the hub's log says more";
  const fields = Object.entries(error.details.fields ?? {}).map(
    ([field, why]) => `${field.replace(/^body\./, "")} ${why}`,
  );
  return fields.length === 0 ? error.message : `${error.message} (${fields.join("; ")})`;
}
