import { customMetrics } from "@muster/core";
import type { CheckTarget, CheckVerdict, Health, Policy } from "@muster/core";
import { whyNotRun } from "@muster/host";
import type { Host } from "@muster/host";
import { isOpened, parseHttpUrl, parseTarget, targetText } from "@muster/node-kit";
import type { Egress, EgressTarget } from "@muster/node-kit";

/** What came of one try. */
export interface Tried {
  readonly verdict: CheckVerdict;
  readonly detail: string;
  /** Numbers that an exec check printed, by metric. */
  readonly metrics?: ReadonlyMap<string, number>;
}

/** `file`: root of this server wrote the definition. `hub`: it came over the wire, and is held to the policy. */
export type DefinedBy = "file" | "hub";

export interface TargetDeps {
  readonly host: Pick<Host, "execute">;
  readonly egress: Egress;
  /** The policy's probe list as the file is now. */
  readonly probe: () => Promise<Policy["probe"]>;
}

/** What is known of a service without asking it anything. */
export interface TargetContext {
  readonly definedBy: DefinedBy;
  /** What the driver says of its health now. */
  readonly driverHealth: { readonly health: Health; readonly detail: string } | undefined;
  /** Which of a log check's two texts was seen last in this run. */
  readonly logSeen: "good" | "bad" | undefined;
}

const OUTPUT_BYTES_MAX = 64 * 1024;
const BODY_BYTES_MAX = 64 * 1024;
const LINE_CHARACTERS_MAX = 160;
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|::1)$/;

const good = (detail: string): Tried => ({ verdict: "good", detail });
const bad = (detail: string): Tried => ({ verdict: "bad", detail });
const unknown = (detail: string): Tried => ({ verdict: "unknown", detail });

/** Tries one check. The signal ends it, which is a bad result. Never throws. */
export async function tryTarget(
  target: CheckTarget,
  context: TargetContext,
  deps: TargetDeps,
  signal: AbortSignal,
): Promise<Tried> {
  switch (target.by) {
    case "exec":
      return tryProgram(target.command, deps, signal);
    case "http":
      return tryHttp(target, context, deps, signal);
    case "tcp":
      return tryTcp(target, context, deps, signal);
    case "log":
      if (context.logSeen === undefined) return unknown("neither text was logged yet");
      return context.logSeen === "good" ? good("the good text was logged last") : bad("the bad text was logged last");
    case "driver": {
      const { health = "unknown", detail = "" } = context.driverHealth ?? {};
      if (health === "unknown") return unknown(detail || "its driver says nothing of its health");
      return health === "healthy" ? good(detail || "healthy") : bad(detail || `its driver says ${health}`);
    }
  }
}

async function tryProgram(command: readonly string[], { host }: TargetDeps, signal: AbortSignal): Promise<Tried> {
  try {
    const { exitCode, stdout, stderr } = await host.execute(command, { signal, outputBytesMax: OUTPUT_BYTES_MAX });
    const metrics = customMetrics(stdout);
    const [said = ""] = `${stderr}\n${stdout}`.split("\n").filter((line) => line.trim() !== "");
    const words = said === "" ? "" : `: ${plain(said)}`;
    return exitCode === 0
      ? { ...good("exit 0"), metrics }
      : { ...bad(`exit ${exitCode ?? "by a signal"}${words}`), metrics };
  } catch (error) {
    if (signal.aborted) return bad("it did not end in time");
    return unknown(whyNotRun(error));
  }
}

async function tryHttp(
  target: CheckTarget & { readonly by: "http" },
  context: TargetContext,
  deps: TargetDeps,
  signal: AbortSignal,
): Promise<Tried> {
  const parsed = parseHttpUrl(target.url);
  if (parsed === undefined) return unknown("the address is not valid");
  const { url } = parsed;
  const refusal = await refusalOf(parsed.target, context, deps, (probe) => probe.http.includes(target.url));
  if (refusal !== undefined) return unknown(refusal);
  const answer = await deps.egress.request(
    {
      purpose: "check",
      opened: [targetText(parsed.target)],
      url: url.href,
      bodyBytesMax: BODY_BYTES_MAX,
      headers: { "user-agent": "muster-check", connection: "close" },
    },
    signal,
  );
  if (!answer.ok) return answer.failure === "blocked" ? unknown(answer.detail) : bad(answer.detail);
  const { status, body, isTruncated } = answer;
  if (status < target.statusMin || status > target.statusMax)
    return bad(`${status} instead of ${target.statusMin}–${target.statusMax}`);
  if (target.text !== "" && !body.includes(target.text))
    return bad(`${status} without the text looked for${isTruncated ? " in its first 64 KiB" : ""}`);
  return good(`${status} in ${Math.round(answer.durationMs)} ms`);
}

async function tryTcp(
  { host, port }: CheckTarget & { readonly by: "tcp" },
  context: TargetContext,
  deps: TargetDeps,
  signal: AbortSignal,
): Promise<Tried> {
  const target = parseTarget(host, port);
  if (target === undefined) return unknown("host or port is not valid");
  const refusal = await refusalOf(target, context, deps, (probe) => isOpened(target, probe.tcp));
  if (refusal !== undefined) return unknown(refusal);
  const answer = await deps.egress.connect({ purpose: "check", opened: [targetText(target)], host, port }, signal);
  if (!answer.ok) return answer.failure === "blocked" ? unknown(answer.detail) : bad(answer.detail);
  answer.socket.destroy();
  return good(`connected in ${Math.round(answer.durationMs)} ms`);
}

/** A definition that came from the hub looks at this machine and at what the policy's probe list names (rule HC10). */
async function refusalOf(
  target: EgressTarget,
  { definedBy }: TargetContext,
  { probe }: TargetDeps,
  isListed: (probe: Policy["probe"]) => boolean,
): Promise<string | undefined> {
  if (definedBy === "file" || LOOPBACK.test(target.host)) return undefined;
  return isListed(await probe()) ? undefined : "the policy's probe list does not name this target";
}

/** What a program printed, as a piece of a sentence: neither controls nor marks that turn text around. */
const plain = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim()
    .slice(0, LINE_CHARACTERS_MAX);
