import { DNS_FAILURES, hostPort, isAmongAnswers, plainText, pointerName, ProbeVerdict } from "@muster/core";
import type { ProbeSettingsOf } from "@muster/core";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { askDns } from "./ask-dns.ts";

/** Asks a name server one question and looks for a value among the answers. */
export function createDnsProbe(settings: ProbeSettingsOf<"dns">, { way, clock }: ProbeDeps): Probe {
  const { name, type, expected, server, port, slowMs } = settings;
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const found = server === "" ? undefined : await way.addresses(server, port, signal);
      if (found?.ok === false) {
        verdict.unhealthy(`the name server: ${found.detail}`);
        return verdict.result(null, "");
      }
      const address = found?.addresses[0];
      const startedMs = clock.monotonic();
      const answer = await askDns(
        {
          server: address && (port === 53 ? address : hostPort(address, port)),
          name: type === "PTR" ? pointerName(name) : name,
          type,
        },
        signal,
      );
      const tookMs = clock.monotonic() - startedMs;
      if (!answer.ok) {
        verdict.unhealthy(DNS_FAILURES[answer.failure]);
        // Also a refusal is an answer; what nobody gave took no time.
        return verdict.result(ANSWERS.has(answer.failure) ? tookMs : null, "");
      }
      const { answers } = answer;
      verdict.fact("answers", answers.length, "count");
      verdict.table({ key: "answers", columns: [{ key: "value" }], rows: answers.map((value) => [value]) });
      const shown = plainText(answers.slice(0, 3).join(", "), 120) + (answers.length > 3 ? ", …" : "");
      if (expected !== "" && !isAmongAnswers(type, answers, expected))
        verdict.unhealthy(`${plainText(expected, 60)} is not among the answers: ${shown}`);
      verdict.judgeTime(tookMs, slowMs);
      return verdict.result(tookMs, `${shown} in ${Math.round(tookMs)} ms`);
    },
  };
}

const ANSWERS: ReadonlySet<string> = new Set(["no-name", "no-record", "server-failed", "query-refused"]);
