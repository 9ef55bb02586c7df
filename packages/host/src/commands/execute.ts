import { CONTAINER_VERBS, SERVICE_VERBS } from "@muster/core";
import type { ActionName } from "@muster/core";
import { defineExecutor, undefineExecutor } from "./definition-executor.ts";
import { execExecutor } from "./exec-executor.ts";
import { failed, succeeded } from "./executor.ts";
import type { Executor } from "./executor.ts";
import { killExecutor } from "./kill-executor.ts";
import { rebootExecutor } from "./reboot-executor.ts";
import { serviceExecutor } from "./service-executor.ts";

/** Answers at once and changes nothing. */
const answering = (answer: Executor["run"]): Executor => ({
  lane: () => "",
  limitMs: () => 10_000,
  observe: () => Promise.resolve({ of: "nothing" }),
  run: answer,
  settle: () => Promise.resolve(failed("muster stopped before it answered")),
});

const ofServices = Object.fromEntries(
  SERVICE_VERBS.map((verb) => [`service.${verb}`, serviceExecutor(verb)]),
) as Record<`service.${(typeof SERVICE_VERBS)[number]}`, Executor>;
const ofContainers = Object.fromEntries(
  CONTAINER_VERBS.map((verb) => [`container.${verb}`, serviceExecutor(verb, true)]),
) as Record<`container.${(typeof CONTAINER_VERBS)[number]}`, Executor>;

/** Who does what an allowed action asks. Everything here has passed the policy. */
export const EXECUTORS: Readonly<Record<ActionName, Executor>> = {
  "agent.ping": answering((_, __, { clock }) =>
    Promise.resolve(succeeded(`the agent's clock says ${new Date(clock.now()).toISOString()}`)),
  ),
  ...ofServices,
  ...ofContainers,
  "service.define": defineExecutor,
  "service.undefine": undefineExecutor,
  "process.kill": killExecutor,
  "exec.run": execExecutor,
  "server.reboot": rebootExecutor,
  "logs.read": answering(() => Promise.resolve(failed("logs are read as a stream, not by a command"))),
  shell: answering(() => Promise.resolve(failed("no shell can be opened on this server"))),
};
