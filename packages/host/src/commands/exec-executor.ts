import { MINUTE_MS, SECOND_MS } from "@muster/core";
import type { Action, Execution, PolicyEntry } from "@muster/core";
import { AGENT_LIMITS } from "@muster/protocol";
import { failed, refused, sentence, unknownAfterCrash } from "./executor.ts";
import type { Executor } from "./executor.ts";

const TIMEOUT_MS = MINUTE_MS;
/** The hub gives a command up after a quarter of an hour. */
const TIMEOUT_MS_MAX = 10 * MINUTE_MS;
/** A result must fit into its frame, in which it is written as text within text. */
const RESULT_CHARACTERS_MAX = AGENT_LIMITS.resultBytesMax - 16 * 1024;
const FRAME_CHARACTERS_MAX = AGENT_LIMITS.frameBytesMax - 32 * 1024;

const encoder = new TextEncoder();

/** Runs a program that the policy names, with the arguments that it declares, in their order. */
export const execExecutor: Executor = {
  lane: ({ args }) => `exec/${args["command"]}`,
  limitMs: ({ entry }) => Math.min(entry?.timeoutMs ?? TIMEOUT_MS, TIMEOUT_MS_MAX),
  observe: () => Promise.resolve({ of: "nothing" }),
  async run({ action, entry }, _, { host, stopping }, signal) {
    if (host === undefined) return failed("muster can only look at this server");
    const argv = argvOf(entry, action);
    if (argv === undefined) return refused("the policy's entry does not say what to run");
    try {
      const { exitCode, stdout, stderr, truncated } = await host.execute(argv, {
        signal,
        outputBytesMax: AGENT_LIMITS.outputBytesMax,
      });
      const output = fitted(stdout + stderr);
      const isCut = truncated || output.length < stdout.length + stderr.length;
      const how = exitCode === null ? "ended by a signal" : `exit ${exitCode}`;
      return {
        outcome: exitCode === 0 ? "succeeded" : "failed",
        detail: isCut ? `${how}; its output is cut` : how,
        ...(exitCode !== null && { exit: exitCode }),
        output,
      };
    } catch (error) {
      if (!signal.aborted) return failed(`it could not be started: ${sentence(error)}`);
      const limit = `after ${execExecutor.limitMs({ action, entry }) / SECOND_MS} s`;
      return failed(`ended with all that it had started, ${stopping.aborted ? "because muster stopped" : limit}`);
    }
  },
  settle: (): Promise<Execution> => Promise.resolve(unknownAfterCrash),
};

/** The program's absolute path and its arguments; every value was compared with the entry before. */
function argvOf(entry: PolicyEntry | undefined, { args }: Action): readonly string[] | undefined {
  if (entry?.exec === undefined) return undefined;
  const values = (entry.args ?? []).map(({ name }) => args[name]);
  return values.includes(undefined) ? undefined : [entry.exec, ...values.map(String)];
}

/** Without control characters but line ends and tabs, cut so that the result stays a frame. */
function fitted(output: string): string {
  // eslint-disable-next-line no-control-regex -- they are what must not be there
  let text = output.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "").slice(0, AGENT_LIMITS.outputBytesMax);
  for (;;) {
    const body = JSON.stringify(text);
    if (body.length <= RESULT_CHARACTERS_MAX && encoder.encode(JSON.stringify(body)).length <= FRAME_CHARACTERS_MAX)
      return text;
    text = text.slice(0, Math.floor(text.length * 0.75));
  }
}
