import { MusterError } from "@muster/core";
import type { TaskView } from "@muster/protocol";
import { z } from "zod";
import { bodyOf, ok } from "./compat-handler.ts";
import type { CompatHandlers, CompatRequest, RouteCall } from "./compat-handler.ts";
import type { S2 } from "./compat-table.ts";
import { handlesOf, serviceNamed } from "./named-services.ts";

const VERBS = ["start", "stop", "restart"] as const;

const task = z.object({
  name: z.string().min(1).max(100),
  cron_expression: z.string().max(256),
  action: z.enum(VERBS),
  service_name: z.string().min(1).max(256),
  enabled: z.boolean().default(true),
});

/** A task as that system has them: a cron expression, a verb and one service. */
interface ServiceTask {
  readonly view: TaskView;
  readonly expression: string;
  readonly verb: (typeof VERBS)[number];
  readonly serviceId: string;
}

type TaskPaths = Extract<keyof typeof S2, `${string} /api/tasks${string}`>;

/** Scheduled starts, stops and restarts of one service each. Tasks of other forms are ours alone, and not shown there. */
export const s2Tasks: Pick<CompatHandlers<typeof S2>, TaskPaths> = {
  "GET /api/tasks": async ({ call }) => {
    const { items: services } = await call("GET /api/v1/services");
    const handles = new Map([...handlesOf(services)].map(([{ id }, handle]) => [id, handle]));
    return ok((await tasksOf(call)).map((one) => shapeOf(one, handles.get(one.serviceId) ?? one.serviceId)));
  },
  "POST /api/tasks": async (request) => {
    const body = bodyOf(request, task);
    if ((await tasksOf(request.call)).some(({ view }) => view.name === body.name))
      throw new MusterError("BAD_REQUEST", { fields: { "body.name": "is the name of another task" } });
    const view = await request.call("POST /api/v1/tasks", { body: await definitionOf(request.call, body) });
    return ok({ success: true, message: `Task ${view.name} added` });
  },
  "PUT /api/tasks/{name}": async (request) => {
    const { view, expression, verb, serviceId } = await taskNamed(request);
    const change = bodyOf(request, task.partial().extend({ enabled: z.boolean().optional() }));
    const body = await definitionOf(request.call, {
      name: change.name ?? view.name,
      cron_expression: change.cron_expression ?? expression,
      action: change.action ?? verb,
      service_name: change.service_name ?? serviceId,
      enabled: change.enabled ?? view.isEnabled,
    });
    const { description, zone, timeoutMs, overlap, missed, missedWithinMs, retries, jitterMs, tell } = view;
    const kept = { description, zone, timeoutMs, overlap, missed, missedWithinMs, retries, jitterMs, tell };
    await request.call("PUT /api/v1/tasks/{id}", { params: { id: view.id }, body: { ...kept, ...body } });
    return ok({ success: true, message: `Task ${body.name} updated` });
  },
  "DELETE /api/tasks/{name}": async (request) => {
    const { view } = await taskNamed(request);
    await request.call("DELETE /api/v1/tasks/{id}", { params: { id: view.id } });
    return ok({ success: true, message: `Task ${view.name} deleted` });
  },
};

async function tasksOf(call: RouteCall): Promise<readonly ServiceTask[]> {
  const { items } = await call("GET /api/v1/tasks");
  return items.flatMap((view): readonly ServiceTask[] => {
    const { schedule, work } = view;
    if (schedule.is !== "cron" || work.is !== "action") return [];
    const verb = VERBS.find((one) => work.action === `service.${one}`);
    const [serviceId, ...others] = work.targets.services ?? [];
    if (verb === undefined || serviceId === undefined || others.length > 0) return [];
    return [{ view, expression: schedule.expression, verb, serviceId }];
  });
}

async function taskNamed({ call, params }: CompatRequest): Promise<ServiceTask> {
  const name = params["name"] ?? "";
  const found = (await tasksOf(call)).find(({ view }) => view.name === name);
  if (found === undefined)
    throw new MusterError("NOT_FOUND", { message: `There is no task ${name.slice(0, 100)} for a single service.` });
  return found;
}

async function definitionOf(
  call: RouteCall,
  { name, cron_expression, action, service_name, enabled }: z.output<typeof task>,
) {
  const { id } = await serviceNamed(call, service_name);
  return {
    ...{ name, isEnabled: enabled, schedule: { is: "cron" as const, expression: cron_expression } },
    work: {
      ...{ is: "action" as const, action: `service.${action}` as const, args: {} },
      targets: { services: [id] },
    },
  };
}

const shapeOf = ({ view, expression, verb }: ServiceTask, handle: string) => ({
  ...{ name: view.name, cron_expression: expression, action: verb, service_name: handle, enabled: view.isEnabled },
  ...{ next_run: view.nextAt === null ? null : new Date(view.nextAt).toISOString(), time_zone: view.zone },
  last_result: view.lastRun?.outcome ?? null,
});
