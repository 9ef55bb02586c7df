import type { TFunction } from "i18next";
import { actionName } from "../actions/action-title.ts";
import type { Task } from "./tasks-view.ts";
import type { SayTasks } from "./use-task-texts.ts";

/** What things are called that work names by id; undefined for what is not known. */
export interface WorkNames {
  readonly service: (id: string) => string | undefined;
  readonly server: (id: string) => string | undefined;
  readonly probe: (id: string) => string | undefined;
  readonly notifier: (id: string) => string | undefined;
}

interface WorkTexts {
  readonly t: TFunction;
  readonly say: SayTasks;
  readonly names: WorkNames;
}

/** So many are called by their names; more are counted. */
const NAMED_MAX = 2;

const listed = (ids: readonly string[], nameOf: (id: string) => string | undefined, count: string): string => {
  const names = ids.map(nameOf);
  return ids.length <= NAMED_MAX && names.every((name) => name !== undefined) ? names.join(", ") : count;
};

type Targets = Extract<Task["work"], { readonly is: "action" }>["targets"];

/** Whom an action is for, in words: what is named, and the conditions that must hold besides. */
export function targetsText(targets: Targets, { say, names }: Omit<WorkTexts, "t">): string {
  const { services, servers, tag, driver, kind, name } = targets;
  const parts: string[] = [];
  if (services !== undefined)
    parts.push(listed(services, names.service, say("target.services", { count: services.length })));
  else if (name !== undefined || driver !== undefined || kind !== undefined)
    parts.push([name ?? say("target.anyService"), ...[driver, kind].filter((one) => one !== undefined)].join(" · "));
  if (servers !== undefined) {
    const text = listed(servers, names.server, say("target.servers", { count: servers.length }));
    parts.push(parts.length === 0 ? text : say("target.on", { servers: text }));
  }
  if (tag !== undefined) parts.push(say("target.tag", { tag }));
  return parts.join(" ");
}

/** What a task does, in a few words. */
export function workText(work: Task["work"], texts: WorkTexts): string {
  const { t, say, names } = texts;
  switch (work.is) {
    case "action": {
      const command = work.action === "exec.run" ? ` ${String(work.args["command"] ?? "")}` : "";
      const signal = work.args["signal"] === undefined ? "" : ` (${String(work.args["signal"])})`;
      const whom = targetsText(work.targets, texts);
      return `${actionName(work.action, t)}${command}${signal}: ${whom}`;
    }
    case "probe":
      return say("work.looks", {
        probes: listed(work.probeIds, names.probe, say("work.probes", { count: work.probeIds.length })),
      });
    case "webhook":
      return say("work.tells", { notifier: names.notifier(work.notifierId) ?? say("work.aNotifier") });
    case "backup":
      return say("work.backsUp", { count: work.keep });
  }
}
