import { DNS_FAILURES, hostPort, isAmongAnswers, plainText, pointerName, ProbeVerdict } from "@muster/core";
import type { DnsAnswer, ProbeResult, ProbeSettingsOf } from "@muster/core";
import { overConnection } from "../over-connection.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { askDnsOver } from "./ask-dns-over.ts";
import { askDns } from "./ask-dns.ts";

/**
 * Asks a name server one question and looks for a value among the answers: from the hub as its system does, from a server
 * by TCP, since only connections go through one.
 */
export function createDnsProbe(settings: ProbeSettingsOf<"dns">, deps: ProbeDeps): Probe {
  const { name, type, expected, server, port, slowMs } = settings;
  const { way, clock } = deps;
  const question = { name: type === "PTR" ? pointerName(name) : name, type };

  /** Judges what was said. */
  function told(verdict: ProbeVerdict, answer: DnsAnswer, tookMs: number): ProbeResult {
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
  }

  async function lookFromHub(signal: AbortSignal): Promise<ProbeResult> {
    const verdict = new ProbeVerdict();
    const found = server === "" ? undefined : await way.addresses(server, port, signal);
    if (found?.ok === false) {
      verdict.unhealthy(`the name server: ${found.detail}`);
      return verdict.result(null, "");
    }
    const address = found?.addresses[0];
    const startedMs = clock.monotonic();
    const asked = { ...question, server: address && (port === 53 ? address : hostPort(address, port)) };
    const answer = await askDns(asked, signal);
    return told(verdict, answer, clock.monotonic() - startedMs);
  }

  return {
    run: (signal) =>
      way.via === undefined
        ? lookFromHub(signal)
        : overConnection({ host: server, port }, deps, signal, async (verdict, socket, tookMs) =>
            told(verdict, await askDnsOver(socket, question, signal), tookMs()),
          ),
  };
}

const ANSWERS: ReadonlySet<string> = new Set(["no-name", "no-record", "server-failed", "query-refused"]);
