import { LoginPause, plainText, ProbeVerdict } from "@muster/core";
import type { ProbeResult, ProbeSettingsOf } from "@muster/core";
import type { EgressAnswer } from "@muster/node-kit";
import { judgeCertificate } from "../certificate.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";
import { headersFrom, isHeaderToken } from "@muster/node-kit";
import { atJsonPath } from "./json-path.ts";

type Settings = ProbeSettingsOf<"http">;
type Answered = Extract<EgressAnswer, { readonly ok: true }>;

const BODY_BYTES_MAX = 1024 * 1024;

/** Asks an address once and judges the answer. */
export function createHttpProbe(settings: Settings, { way, clock, secret }: ProbeDeps): Probe {
  const { url, method, body, ca, redirectsMax } = settings;
  const headers = headersOf(settings, secret);
  const pause = new LoginPause();
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const problem = signInProblem(settings, secret);
      const refused = pause.sentence(clock.monotonic());
      if (problem !== undefined) verdict.unknown(problem);
      else if (refused !== undefined) verdict.unhealthy(refused);
      if (problem !== undefined || refused !== undefined) return verdict.result(null, "");
      const answer = await way.request(
        {
          ...{ url, method, headers, bodyBytesMax: BODY_BYTES_MAX, redirectsMax },
          ...(body !== "" && method !== "GET" && method !== "HEAD" && { body }),
          ...(ca !== "" && { ca }),
        },
        signal,
      );
      if (!answer.ok) {
        verdict.unhealthy(answer.detail);
        return verdict.result(null, "");
      }
      const isRefused = answer.status === 401 && !isWanted(settings, answer.status);
      // A token locks no account, and a site that refuses it for a moment must be seen to be well again.
      if (isRefused && settings.signIn === "basic") pause.refused(clock.monotonic());
      else pause.accepted();
      return judge(settings, answer, verdict, clock.now());
    },
  };
}

function judge(settings: Settings, answer: Answered, verdict: ProbeVerdict, now: number): ProbeResult {
  const { statusMin, statusMax, slowMs } = settings;
  const { status, durationMs, phases, certificate, body } = answer;
  verdict.fact("status", status);
  verdict.fact("bodyBytes", body.length, "bytes");
  for (const [phase, tookMs] of PHASES.map((name) => [name, phases[`${name}Ms`]] as const)) {
    verdict.fact(`phase_${phase}`, tookMs, "milliseconds");
    if (tookMs !== null) verdict.sample("probe_phase_seconds", tookMs / 1_000, { phase });
  }
  if (!isWanted(settings, status)) verdict.unhealthy(`${status} instead of ${statusMin}–${statusMax}`);
  else judgeBody(settings, answer, verdict);
  verdict.judgeTime(durationMs, slowMs);
  if (certificate !== undefined) judgeCertificate(verdict, certificate, settings, now);
  return verdict.result(durationMs, `${status} in ${Math.round(durationMs)} ms`);
}

const PHASES = ["name", "connect", "tls", "firstByte", "rest"] as const;

const isWanted = ({ statusMin, statusMax }: Settings, status: number): boolean =>
  status >= statusMin && status <= statusMax;

/** Why nothing can be asked with this sign-in. */
function signInProblem({ signIn }: Settings, secret: string | undefined): string | undefined {
  if (signIn === "none") return undefined;
  if (secret === undefined) return "there is no password or token to sign in with; enter it";
  return signIn === "bearer" && !isHeaderToken(secret)
    ? "the token has characters that no header can carry"
    : undefined;
}

function judgeBody(settings: Settings, { body, isTruncated }: Answered, verdict: ProbeVerdict): void {
  const { text, textMustBe, jsonPath, jsonValue } = settings;
  const where = isTruncated ? " in its first MiB" : "";
  if (text !== "" && body.includes(text) !== (textMustBe === "present"))
    verdict.unhealthy(
      textMustBe === "present"
        ? `the answer has not the text looked for${where}`
        : "the answer has a text that it must not have",
    );
  if (jsonPath === "") return;
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch {
    return verdict.unhealthy(isTruncated ? "the answer is too long to be read as JSON" : "the answer is no JSON");
  }
  const found = atJsonPath(parsed, jsonPath);
  if (found === undefined) return verdict.unhealthy(`the answer has nothing at ${jsonPath}`);
  if (typeof found === "number") verdict.sample("custom_probe_value", found);
  // What is no plain value is not written out: it may be deeper than can be.
  const shown =
    typeof found === "object" && found !== null ? (Array.isArray(found) ? "a list" : "an object") : String(found);
  verdict.fact("jsonValue", plainText(shown, 100));
  if (jsonValue !== "" && shown !== jsonValue)
    verdict.unhealthy(`${jsonPath} is ${plainText(shown, 60)} instead of ${plainText(jsonValue, 60)}`);
}

function headersOf({ headers, signIn, user }: Settings, secret: string | undefined): Readonly<Record<string, string>> {
  const credential =
    signIn === "none" || secret === undefined
      ? {}
      : {
          authorization:
            signIn === "bearer" ? `Bearer ${secret}` : `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`,
        };
  return { "user-agent": "muster-probe", ...headersFrom(headers), ...credential };
}
