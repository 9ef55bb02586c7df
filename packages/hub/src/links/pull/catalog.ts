import { PULL_KIND_NAMES } from "@muster/core";
import type { PullKindName } from "@muster/core";
import { astraKind } from "./astra/astra.ts";
import { flussonicKind } from "./flussonic/flussonic.ts";
import { ipvtlKind } from "./ipvtl/ipvtl.ts";
import { mediamtxKind } from "./mediamtx/mediamtx.ts";
import { nginxRtmpKind } from "./nginx-rtmp/nginx-rtmp.ts";
import { nodeExporterKind } from "./node-exporter/node-exporter.ts";
import { PullFailure } from "./pull-adapter.ts";
import type { PullAdapter, PullAdapterKind, PullConfig, PullDeps } from "./pull-adapter.ts";
import { serverMonitorKind } from "./server-monitor/server-monitor.ts";
import { srsKind } from "./srs/srs.ts";
import { virgilioKind } from "./virgilio/virgilio.ts";

/** Every kind of pulled server. */
export const PULL_KINDS: Readonly<Record<PullKindName, PullAdapterKind>> = {
  ipvtl: ipvtlKind,
  virgilio: virgilioKind,
  "server-monitor": serverMonitorKind,
  "node-exporter": nodeExporterKind,
  mediamtx: mediamtxKind,
  "nginx-rtmp": nginxRtmpKind,
  srs: srsKind,
  flussonic: flussonicKind,
  astra: astraKind,
};

/** Throws PullFailure when the settings cannot be right. */
export const createPullAdapter = (kind: PullKindName, config: PullConfig, deps: PullDeps): PullAdapter =>
  PULL_KINDS[kind].create(config, deps);

/** What answers at an address. `locked`: this kind, as far as can be told, but it does not let us in. */
export type Detected =
  | { readonly is: "found" | "locked"; readonly kind: PullKindName; readonly detail: string }
  | { readonly is: "none"; readonly detail: string };

/** So long the whole look takes at most, whatever is there. */
const DETECT_TIMEOUT_MS = 5_000;

/**
 * Looks once at what every kind is read by, and at nothing that has an effect. The kind whose answer can be read wins;
 * they cannot be taken for each other. Never throws.
 */
export async function detectKind(
  url: string,
  secret: string | undefined,
  deps: PullDeps,
  signal: AbortSignal,
): Promise<Detected> {
  const config: PullConfig = {
    ...{ url, timeoutMs: DETECT_TIMEOUT_MS, allow: [], channelNames: {} },
    ...(secret === undefined ? {} : { secret }),
  };
  const tried = await Promise.all(PULL_KIND_NAMES.map((kind) => tryKind(kind, config, deps, signal)));
  for (const { kind, came } of tried) if (typeof came === "string") return { is: "found", kind, detail: came };
  const failures = tried.flatMap(({ kind, came }) => (typeof came === "string" ? [] : [{ kind, failure: came }]));
  const locked = failures.filter(({ failure }) => failure.step === "sign-in");
  // A door in front of everything locks all kinds alike; who says so in words of its own is known by them.
  const own =
    locked.find(({ failure }) => failure.saidBy !== undefined) ?? (locked.length === 1 ? locked[0] : undefined);
  if (own !== undefined) return { is: "locked", kind: own.kind, detail: own.failure.message };
  if (locked.length > 0)
    return { is: "none", detail: "Something asks for a password or token first; enter it and look again." };
  const told = new Set(
    failures.map(({ failure }) => failure).filter(({ step }) => step === "reach" || step === "address"),
  );
  const sentences = new Set([...told].map(({ message }) => message));
  const isSilent = told.size === failures.length && sentences.size === 1;
  return {
    is: "none",
    detail: isSilent ? [...sentences][0]! : "Something answers there, but it is none of the kinds that can be read.",
  };
}

/** What came of trying: who answered, or why it could not be read. */
async function tryKind(
  kind: PullKindName,
  config: PullConfig,
  deps: PullDeps,
  signal: AbortSignal,
): Promise<{ readonly kind: PullKindName; readonly came: string | PullFailure }> {
  try {
    const { answeredBy = kind } = await createPullAdapter(kind, config, deps).read(signal);
    return { kind, came: answeredBy };
  } catch (error) {
    if (!(error instanceof PullFailure)) throw error;
    return { kind, came: error };
  }
}
