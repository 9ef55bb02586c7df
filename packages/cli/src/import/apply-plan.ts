import { isMusterError } from "@muster/core";
import type { ErrorCode, ImportPlan, PlannedLink, PlannedServer } from "@muster/core";

/** How the hub signs in where a file says SSH: with a key it keeps, or with an agent of keys. */
export interface SshAuthentication {
  readonly authentication: "key" | "agent";
  readonly keyId?: string;
}

/** The body of `POST /api/v1/servers`. */
export interface NewServer {
  readonly name: string;
  readonly tags: readonly string[];
  readonly notes: string;
  readonly link:
    | (Omit<Extract<PlannedLink, { kind: "ssh" }>, "via"> & SshAuthentication & { readonly via?: string })
    | Exclude<PlannedLink, { kind: "ssh" }>;
  readonly secret?: string;
}

/** What an import asks of the hub; each throws what the hub refuses. */
export interface ImportCalls {
  /** `token`: what a server that pushes must send, told here and never again. */
  createServer(body: NewServer): Promise<{ readonly id: string; readonly token?: string }>;
  /** Sets a definition on the one server that was named for them. */
  setDefinition(
    name: string,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly outcome: string; readonly detail: string }>;
  /** Keeps samples at least so long; says what it did. */
  keepSamples(days: number): Promise<{ readonly changed: boolean; readonly detail: string }>;
}

export interface Applied {
  readonly what: "server" | "service" | "setting";
  readonly name: string;
  /** `kept`: it was there already, and stays as it is. */
  readonly outcome: "made" | "kept" | "failed";
  readonly detail: string;
  readonly id?: string;
}

export interface ApplyOptions {
  readonly ssh: SshAuthentication;
  /** Ids of the servers that the hub has, by name; the import never changes them. */
  readonly present: ReadonlyMap<string, string>;
  /** Ends it between two entries. */
  readonly signal: AbortSignal;
}

/** Refusals that concern one entry; with the others nothing more would succeed. */
const OF_ONE_ENTRY: readonly ErrorCode[] = [
  "BAD_REQUEST",
  "CONFLICT",
  "NOT_FOUND",
  "ACTION_REFUSED",
  "ACTION_TIMED_OUT",
];

/**
 * Does what a plan says, one after the other, and appends each outcome to `done`. It throws where the hub refuses
 * altogether; called again with the same `done` it goes on behind the last outcome.
 */
export async function applyPlan(
  plan: ImportPlan,
  calls: ImportCalls,
  options: ApplyOptions,
  done: Applied[],
): Promise<void> {
  const ids = new Map(options.present);
  for (const { what, name, id } of done) if (what === "server" && id !== undefined) ids.set(name, id);
  const isDone = (what: Applied["what"], name: string): boolean =>
    done.some((each) => each.what === what && each.name === name);
  const finish = async (
    what: Applied["what"],
    name: string,
    act: () => Promise<Omit<Applied, "what" | "name">>,
  ): Promise<void> => {
    if (options.signal.aborted || isDone(what, name)) return;
    const outcome = await act().catch((error: unknown): Omit<Applied, "what" | "name"> => {
      if (!OF_ONE_ENTRY.some((code) => isMusterError(error, code))) throw error;
      return { outcome: "failed", detail: wordsOf(error) };
    });
    done.push({ what, name, ...outcome });
  };
  for (const server of plan.servers)
    await finish("server", server.name, async () => {
      const present = options.present.get(server.name);
      if (present !== undefined) return { outcome: "kept", detail: "a server has this name already", id: present };
      const via = server.link.kind === "ssh" ? server.link.via : undefined;
      const viaId = via === undefined ? undefined : ids.get(via);
      if (via !== undefined && viaId === undefined)
        return { outcome: "failed", detail: `${via}, over which it is reached, is not there` };
      const { id, token } = await calls.createServer(bodyOf(server, options.ssh, viaId));
      ids.set(server.name, id);
      return { outcome: "made", detail: token === undefined ? "" : `its token, shown this once: ${token}`, id };
    });
  for (const { name, fields } of plan.definitions)
    await finish("service", name, async () => {
      const { outcome, detail } = await calls.setDefinition(name, fields);
      return outcome === "succeeded"
        ? { outcome: "made", detail }
        : { outcome: "failed", detail: `${outcome}: ${detail}` };
    });
  const { samplesDays } = plan.settings;
  if (samplesDays !== undefined)
    await finish("setting", "samplesDays", async () => {
      const { changed, detail } = await calls.keepSamples(samplesDays);
      return { outcome: changed ? "made" : "kept", detail };
    });
}

function bodyOf(
  { name, tags, notes, link, secret }: PlannedServer,
  ssh: SshAuthentication,
  viaId: string | undefined,
): NewServer {
  const base = { name, tags, notes, ...(secret !== undefined && { secret }) };
  if (link.kind !== "ssh") return { ...base, link };
  const { via: _name, ...direct } = link;
  return { ...base, link: { ...direct, ...ssh, ...(viaId !== undefined && { via: viaId }) } };
}

const wordsOf = (error: unknown): string => {
  if (!isMusterError(error)) return "";
  const fields = Object.entries(error.details.fields ?? {}).map(([path, problem]) => `${path}: ${problem}`);
  return [error.message, ...fields].join(" ");
};
