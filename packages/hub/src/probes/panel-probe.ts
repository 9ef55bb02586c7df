import { deadline, judgePanel, PanelMemory, ProbeVerdict, PullTextError, readPart, SECOND_MS } from "@muster/core";
import type { Clock, PanelNode, PanelPart, PanelReading, PanelRules, ProbeSettings } from "@muster/core";
import { judgeCertificate } from "./certificate.ts";
import { PanelClient } from "./panel-client.ts";
import type { PanelAccess, PanelAnswer, PanelDialect } from "./panel-client.ts";
import type { Probe, ProbeActed, ProbeDeps } from "./probe-kind.ts";

export type PanelSettings = PanelAccess & PanelRules & { readonly warnDays: number; readonly failDays: number };

type Answered = Extract<PanelAnswer, { readonly is: "ok" }>;

/** What an act is done with. */
export interface PanelActing {
  readonly panel: PanelClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The nodes as they are now. */
  nodes(): Promise<PanelPart<readonly PanelNode[]>>;
}

/** What one product's probe is made of. */
export interface PanelKind extends PanelDialect {
  /** Asked first at each run; what it fails with is what the run fails with. */
  readonly firstPath: string;
  /** The rest of a run. Throws PullTextError where `first` is none of this product's. */
  read(panel: PanelClient, first: Answered, signal: AbortSignal): Promise<PanelReading>;
  nodes(panel: PanelClient, signal: AbortSignal): Promise<PanelPart<readonly PanelNode[]>>;
  readonly acts: Readonly<Record<string, (acting: PanelActing, given: ProbeSettings) => Promise<ProbeActed>>>;
}

/** An act ends within this, whatever the panel does. */
const ACT_MS_MAX = 60 * SECOND_MS;

export function createPanelProbe(settings: PanelSettings, deps: ProbeDeps, kind: PanelKind): Probe {
  const { clock } = deps;
  const panel = new PanelClient(settings, kind, deps);
  const memory = new PanelMemory();
  return {
    async run(signal) {
      const verdict = new ProbeVerdict();
      const first = await panel.get(kind.firstPath, signal);
      if (first.is !== "ok") {
        // Not to be let in says nothing of the panel's health, except that it answers.
        if (first.is === "signed-out" || first.is === "denied") verdict.unknown(first.why);
        else verdict.unhealthy(first.why);
        return verdict.result(null, "");
      }
      verdict.fact("product", kind.title);
      try {
        const reading = await kind.read(panel, first, signal);
        const seen = judgePanel(verdict, reading, settings, memory, clock.monotonic());
        if (first.certificate !== undefined) judgeCertificate(verdict, first.certificate, settings, clock.now());
        return verdict.result(first.tookMs, seen);
      } catch (error) {
        if (!(error instanceof PullTextError)) throw error;
        verdict.unhealthy(error.message);
        return verdict.result(first.tookMs, "");
      }
    },

    async act(name, given, signal) {
      const act = kind.acts[name];
      if (act === undefined) return { outcome: "refused", detail: "There is no such act." };
      const limit = deadline(clock, ACT_MS_MAX, signal);
      try {
        const nodes = (): Promise<PanelPart<readonly PanelNode[]>> => kind.nodes(panel, limit.signal);
        return await act({ panel, clock, signal: limit.signal, nodes }, given);
      } finally {
        limit.done();
      }
    },
  };
}

/** A part of a panel by its path. `right`: what an account lacks that is denied it. */
export async function panelPart<T>(
  panel: PanelClient,
  path: string,
  right: string,
  parse: (answer: Answered) => T,
  signal: AbortSignal,
): Promise<PanelPart<T>> {
  const answer = await panel.get(path, signal);
  if (answer.is === "denied") return { is: "missing", because: "no-right", why: `the account lacks a right: ${right}` };
  if (answer.is !== "ok") return { is: "missing", because: "failed", why: answer.why };
  try {
    return readPart(parse(answer));
  } catch (error) {
    if (!(error instanceof PullTextError)) throw error;
    return { is: "missing", because: "failed", why: error.message };
  }
}

/** What a part is worth when it was read. */
export const valueOf = <T>(part: PanelPart<T>): T | undefined => (part.is === "read" ? part.value : undefined);

/** Midnight in UTC, as some panels are asked for traffic since then: a total that begins anew each day. */
export const dayBegin = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Sends what an act asks for. Undefined: it may have had its effect, so look; otherwise how the act ended. */
export async function sendAct(
  { panel, signal }: PanelActing,
  method: "POST" | "PUT",
  path: string,
  body: object | undefined,
  right: string,
): Promise<ProbeActed | undefined> {
  const answer = await panel.send(method, path, body, signal);
  switch (answer.is) {
    case "ok":
    case "lost":
      return undefined;
    case "denied":
      return { outcome: "refused", detail: `The account lacks a right: ${right}.` };
    case "signed-out":
    case "failed":
      return { outcome: "failed", detail: `The panel was not asked, or did not agree: ${answer.why}.` };
  }
}
