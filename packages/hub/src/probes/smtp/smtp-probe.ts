import type { Duplex } from "node:stream";
import { parseSmtpReply, plainText } from "@muster/core";
import type { ProbeSettingsOf, ProbeVerdict, SmtpReply } from "@muster/core";
import { hear, SILENCES } from "../conversation.ts";
import { overConnection } from "../over-connection.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { secured } from "../secured.ts";

const REPLY_BYTES_MAX = 16 * 1024;

/** Greets a mail server and takes its leave; names no sender and no recipient, so no mail is ever sent. */
export function createSmtpProbe(settings: ProbeSettingsOf<"smtp">, deps: ProbeDeps): Probe {
  const { host, security, slowMs } = settings;

  /** The reply to a line, or to having connected; undefined where it is not the one wanted, and the verdict says why. */
  async function told(
    verdict: ProbeVerdict,
    stream: Duplex,
    line: string | undefined,
    wanted: number,
    signal: AbortSignal,
  ): Promise<SmtpReply | undefined> {
    if (line !== undefined) stream.write(`${line}\r\n`);
    const said = await hear(stream, REPLY_BYTES_MAX, parseSmtpReply, signal);
    const to = line === undefined ? "greeting" : line.split(" ", 1)[0];
    if (said.is !== "said") verdict.unhealthy(`${to}: ${SILENCES[said.is]}`);
    else if (said.what === "not-smtp") verdict.unhealthy(`${to}: what answers is no SMTP`);
    else if (said.what.code !== wanted)
      verdict.unhealthy(
        `${to}: ${said.what.code} instead of ${wanted}: ${plainText(said.what.lines.join(" "), 100)}`.replace(
          /: $/,
          "",
        ),
      );
    else return said.what;
    return undefined;
  }

  /** All of the conversation; undefined where it did not come to its end. */
  async function talk(verdict: ProbeVerdict, stream: Duplex, signal: AbortSignal): Promise<string | undefined> {
    let line: Duplex = stream;
    const secure = async (): Promise<boolean> => {
      const made = await secured(verdict, stream, { ...settings, name: host }, deps.clock, signal);
      if (made !== undefined) line = made.socket;
      return made?.mayTalk === true;
    };
    if (security === "tls" && !(await secure())) return undefined;
    const greeting = await told(verdict, line, undefined, 220, signal);
    if (greeting === undefined) return undefined;
    verdict.fact("banner", greeting.lines[0]);
    let hello = await told(verdict, line, HELLO, 250, signal);
    if (hello === undefined) return undefined;
    const offersTls = hello.lines.some((text) => /^STARTTLS\b/i.test(text));
    verdict.fact("offersStartTls", offersTls);
    if (security === "starttls") {
      if (!offersTls) {
        verdict.unhealthy("it does not offer STARTTLS");
        return undefined;
      }
      if ((await told(verdict, line, "STARTTLS", 220, signal)) === undefined || !(await secure())) return undefined;
      hello = await told(verdict, line, HELLO, 250, signal);
      if (hello === undefined) return undefined;
    }
    verdict.fact("extensions", hello.lines.slice(1).join(", "));
    line.write("QUIT\r\n");
    return greeting.lines[0] ?? "";
  }

  return {
    run: (signal) =>
      overConnection(settings, deps, signal, async (verdict, socket, tookMs) => {
        const banner = await talk(verdict, socket, signal);
        if (banner === undefined) return verdict.result(null, "");
        const allMs = tookMs();
        verdict.judgeTime(allMs, slowMs);
        return verdict.result(allMs, `${plainText(banner, 100)} in ${Math.round(allMs)} ms`);
      }),
  };
}

/** Our name in this conversation, which is only logged over there. */
const HELLO = "EHLO muster-probe";
