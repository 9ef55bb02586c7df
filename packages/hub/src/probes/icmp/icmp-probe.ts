import { judgePing, parsePing, PING_WAIT_SECONDS, pingedAddress, pingProblem, ProbeVerdict } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

/** Pings a host by the system's own program, of the hub's machine or of a server's. */
export function createIcmpProbe({ host, packets, ...limits }: ProbeSettingsOf<"icmp">, { way }: ProbeDeps): Probe {
  const machine = way.via === undefined ? "the hub's machine" : "that server";
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const run = await way.ping({ host, packets }, signal);
      if ("ok" in run) verdict.unhealthy(run.detail);
      else if (run.is === "missing")
        verdict.unknown("the hub's machine has no ping; install it there (Debian: apt-get install iputils-ping)");
      else if (run.is === "cut")
        verdict.unknown(
          `ping was cut off; give it a time-out of ${packets + PING_WAIT_SECONDS} s at least, or fewer packets`,
        );
      const forbidden = `${machine} does not let it ping; docs/probes.md says how to allow that`;
      if ("is" in run && run.is === "forbidden") verdict.unknown(forbidden);
      if ("ok" in run || run.is !== "exited") return verdict.result(null, "");
      verdict.fact("address", pingedAddress(run.output) ?? null);
      const count = parsePing(run.output);
      const problem = pingProblem(run.errorOutput);
      if (problem === "not-permitted") verdict.unknown(forbidden);
      else if (count !== undefined) judgePing(verdict, count, limits);
      else if (problem === "unreachable") verdict.unhealthy("there is no way there");
      else if (problem === "no-address") verdict.unhealthy("the name has no address");
      else verdict.unknown(`ping said nothing that can be read; try it on ${machine}`);
      const averageMs = count?.averageMs ?? null;
      return verdict.result(averageMs, `${averageMs?.toFixed(1)} ms, none lost`);
    },
  };
}
