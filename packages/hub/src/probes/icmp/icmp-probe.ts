import { judgePing, parsePing, pingProblem, ProbeVerdict } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { runPing } from "./run-ping.ts";

/** Pings have no port; whether an address is open to them is asked for the one of echoes by TCP. */
const ECHO_PORT = 7;
/** After the last packet; they leave a second apart. */
const WAIT_SECONDS = 2;

const FORBIDDEN = "the hub's machine does not let it ping; docs/probes.md says how to allow that";

/** Pings a host by the system's own program, at the address that was checked. */
export function createIcmpProbe({ host, packets, ...limits }: ProbeSettingsOf<"icmp">, { way }: ProbeDeps): Probe {
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const found = await way.addresses(host, ECHO_PORT, signal);
      if (!found.ok) {
        verdict.unhealthy(found.detail);
        return verdict.result(null, "");
      }
      const address = found.addresses[0]!;
      const run = await runPing(["-n", "-q", "-c", `${packets}`, "-W", `${WAIT_SECONDS}`, address], signal);
      verdict.fact("address", address);
      if (run.is === "missing")
        verdict.unknown("the hub's machine has no ping; install it there (Debian: apt-get install iputils-ping)");
      if (run.is === "cut")
        verdict.unknown(
          `ping was cut off; give it a time-out of ${packets + WAIT_SECONDS} s at least, or fewer packets`,
        );
      if (run.is === "forbidden") verdict.unknown(FORBIDDEN);
      if (run.is !== "exited") return verdict.result(null, "");
      const count = parsePing(run.output);
      const problem = pingProblem(run.errorOutput);
      if (problem === "not-permitted") verdict.unknown(FORBIDDEN);
      else if (count !== undefined) judgePing(verdict, count, limits);
      else if (problem === "unreachable") verdict.unhealthy("there is no way there");
      else verdict.unknown("ping said nothing that can be read; try it on the hub's machine");
      const averageMs = count?.averageMs ?? null;
      return verdict.result(averageMs, `${averageMs?.toFixed(1)} ms, none lost`);
    },
  };
}
