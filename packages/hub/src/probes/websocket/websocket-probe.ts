import type { Duplex } from "node:stream";
import { LoginPause, ProbeVerdict } from "@muster/core";
import type { ProbeResult, ProbeSettingsOf } from "@muster/core";
import { EGRESS_FAILURES, parseHttpUrl } from "@muster/node-kit";
import { SILENCES } from "../conversation.ts";
import { overConnection } from "../over-connection.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { headersFrom, isHeaderToken } from "@muster/node-kit";
import { secured } from "../secured.ts";
import { textComes, webSocketOver } from "./websocket-over.ts";

type Settings = ProbeSettingsOf<"websocket">;

/** Opens a WebSocket, says something if asked to, and waits for a text. */
export function createWebSocketProbe(settings: Settings, deps: ProbeDeps): Probe {
  const { clock, secret } = deps;
  const { send, text, subprotocol, slowMs } = settings;
  // The scheme of HTTP means the same host and port, and its reader refuses what must not be in an address.
  const parsed = parseHttpUrl(settings.url.replace(/^ws/i, "http"));
  const headers = {
    "user-agent": "muster-probe",
    ...headersFrom(settings.headers),
    ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
  };
  const pause = new LoginPause();
  const problem =
    secret !== undefined && !isHeaderToken(secret)
      ? "the token has characters that no header can carry"
      : /[@:]/.test(subprotocol)
        ? "the name of a subprotocol has no @ and no colon"
        : undefined;

  const unasked = (is: "unhealthy" | "unknown", why: string): Promise<ProbeResult> => {
    const verdict = new ProbeVerdict();
    verdict[is](why);
    return Promise.resolve(verdict.result(null, ""));
  };

  /** How long all took; null where it did not come so far. */
  async function talk(
    verdict: ProbeVerdict,
    { url, target }: NonNullable<typeof parsed>,
    connection: Duplex,
    tookMs: () => number,
    signal: AbortSignal,
  ): Promise<number | null> {
    let stream = connection;
    if (url.protocol === "https:") {
      const how = { ...settings, name: target.host, mustBeTrusted: true };
      const secure = await secured(verdict, stream, how, clock, signal);
      if (secure?.mayTalk !== true) return null;
      stream = secure.socket;
    }
    const answer = await webSocketOver(stream, url, { headers, subprotocol }, signal);
    if (answer.is === "refused") {
      verdict.fact("status", answer.status);
      verdict.unhealthy(`${answer.status} instead of a WebSocket`);
      if (answer.status === 401 && secret !== undefined) pause.refused(clock.monotonic());
      return tookMs();
    }
    if (answer.is !== "open") {
      verdict.unhealthy(UNOPENED[answer.is]);
      return null;
    }
    pause.accepted();
    const { socket } = answer;
    verdict.fact("opened", tookMs(), "milliseconds");
    verdict.fact("subprotocol", socket.protocol);
    if (send !== "") socket.send(send);
    const came = text === "" ? "came" : await textComes(socket, text, signal);
    if (came !== "came")
      verdict.unhealthy(
        came === "ended" ? "it ended without the text looked for" : "the text looked for did not come in time",
      );
    verdict.judgeTime(tookMs(), slowMs);
    socket.close(1_000);
    socket.terminate();
    return tookMs();
  }

  return {
    run(signal) {
      if (problem !== undefined) return unasked("unknown", problem);
      const refused = pause.sentence(clock.monotonic());
      if (refused !== undefined) return unasked("unhealthy", refused);
      if (parsed === undefined) return unasked("unhealthy", EGRESS_FAILURES["not-valid"]);
      return overConnection(parsed.target, deps, signal, async (verdict, socket, tookMs) => {
        const allMs = await talk(verdict, parsed, socket, tookMs, signal);
        return verdict.result(allMs, `open in ${Math.round(allMs ?? 0)} ms`);
      });
    },
  };
}

const UNOPENED = { ...SILENCES, "no-websocket": "what answers is no WebSocket" } as const;
