import { isDriverName, MINUTE_MS } from "@muster/core";
import type { Action, Execution, ServiceKey } from "@muster/core";
import { failed, sentence, succeeded, unknownAfterCrash } from "./executor.ts";
import type { ExecutionDeps, Executor } from "./executor.ts";

const LIMIT_MS = 5 * MINUTE_MS;

const lane = ({ args }: Action): string => `${args["driver"]}/${args["name"]}`;

const tried = async (work: () => Execution | Promise<Execution>): Promise<Execution> => {
  try {
    return await work();
  } catch (error) {
    return failed(sentence(error));
  }
};

const NO_DRIVER = "no definitions of this driver are kept on this server";

const keyOf = ({ args }: Action): ServiceKey | undefined => {
  const { driver, name } = args;
  return typeof driver === "string" && isDriverName(driver) ? { driver, name: String(name) } : undefined;
};

/** Sets what this server runs under a name. */
export const defineExecutor: Executor = {
  lane,
  limitMs: () => LIMIT_MS,
  observe: () => Promise.resolve({ of: "nothing" }),
  async run({ action }, _, { definitions }) {
    const text = action.args["definition"];
    if (definitions === undefined || typeof text !== "string") return failed("no definitions are kept on this server");
    // The policy looked at the text, the path at the name: both must speak of the same service.
    const { driver, name } = JSON.parse(text) as { readonly driver?: unknown; readonly name?: unknown };
    if (driver !== action.args["driver"] || name !== action.args["name"])
      return failed("the definition is of another service than the command");
    const key = keyOf(action);
    return key === undefined ? failed(NO_DRIVER) : tried(() => definitions.define(key, text));
  },
  // Its text is not in the journal, for it may hold secrets.
  settle: () => Promise.resolve(unknownAfterCrash),
};

/** Stops and removes what was defined. */
export const undefineExecutor: Executor = {
  lane,
  limitMs: () => LIMIT_MS,
  observe: () => Promise.resolve({ of: "nothing" }),
  async run({ action }, _, { definitions }, signal) {
    const key = keyOf(action);
    if (definitions === undefined || key === undefined) return failed(NO_DRIVER);
    return tried(() => definitions.undefine(key, signal));
  },
  async settle(action, _, { drivers }: ExecutionDeps, signal) {
    const { driver, name } = action.args;
    const found = typeof driver === "string" && isDriverName(driver) ? drivers.get(driver) : undefined;
    if (found === undefined) return unknownAfterCrash;
    const isThere = (await found.read(String(name), signal)) !== undefined;
    return isThere ? failed("it is still there") : succeeded("it is gone");
  },
};
