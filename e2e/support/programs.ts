import { join } from "node:path";
import { runProgram } from "@muster/testkit";

export const workspace = join(import.meta.dirname, "../..");
/** The programs as users run them: bundled, by the Node that runs the tests. */
export const musterArgv: readonly string[] = [process.execPath, join(workspace, "dist/muster.mjs")];
export const agentArgv: readonly string[] = [process.execPath, join(workspace, "dist/agent.mjs")];

const BUILD_TIMEOUT_MS = 120_000;
let built: Promise<void> | undefined;

/** Builds what is stale, so that a test never looks at yesterday's programs; half a second when nothing is. */
export function buildPrograms(): Promise<void> {
  built ??= (async () => {
    const { exitCode, stdout, stderr } = await runProgram([process.execPath, "scripts/build.mjs"], {
      cwd: workspace,
      // The test runner sets it, and pages built with it carry React's own checks.
      env: { NODE_ENV: undefined },
      timeoutMs: BUILD_TIMEOUT_MS,
    });
    if (exitCode !== 0) throw new Error(`the programs could not be built:\n${stdout}${stderr}`);
  })();
  return built;
}
