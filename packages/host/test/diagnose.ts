import type { Logger } from "@muster/core";
import type { FakeClock } from "@muster/testkit";
import { type DoctorReport, examine } from "../src/index.ts";
import { AUTO, type KINDS, fixture, never } from "./run-collectors.ts";

export type { DoctorReport };
export type FixtureName = (typeof KINDS)[number];

/** Examines a fixture, whose second look comes in the pause between the two rounds; `outputs` replace those of tools. */
export async function diagnose(
  kind: FixtureName,
  clock: FakeClock,
  log: Logger,
  outputs: Readonly<Record<string, string>> = {},
): Promise<DoctorReport> {
  const host = fixture(kind);
  const execute = host.execute.bind(host);
  host.execute = async (argv) => {
    const stdout = outputs[argv.join(" ")];
    return stdout === undefined ? execute(argv) : { exitCode: 0, stdout, stderr: "", truncated: false };
  };
  const report = examine(AUTO, { host, clock, log }, never);
  // Reading a tree takes real time, which the turned clock does not see: turn it until the pause is over.
  while (clock.pendingTimers === 0) await new Promise((resolve) => setImmediate(resolve));
  host.lookAgain();
  await clock.advance(1_000);
  return report;
}
