import { judgeProgram } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

/** Has a server run a program of its policy, and judges how it ended. */
export const createExecProbe = (settings: ProbeSettingsOf<"exec">, { clock, way }: ProbeDeps): Probe => ({
  async run(signal) {
    const startedMs = clock.monotonic();
    const end = await way.program(settings.program, signal);
    return judgeProgram(end, settings, clock.monotonic() - startedMs);
  },
});
