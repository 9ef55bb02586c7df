import { runProgram } from "./program.ts";

/** The same command as another user, still ended with the test. */
export const asUser = (user: string, argv: readonly string[]): readonly string[] => [
  ...["setpriv", `--reuid=${user}`, `--regid=${user}`, "--init-groups", "--pdeathsig", "KILL", "--"],
  ...argv,
];

/** Runs to the end and gives what it said. Throws where it failed. */
export async function said(argv: readonly string[], stdin = ""): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(argv, { stdin, cwd: "/" });
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}: ${stderr.slice(-2_000)}`);
  return stdout.trim();
}
