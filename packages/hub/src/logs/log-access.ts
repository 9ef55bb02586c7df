import { authorize, compileExpression, MusterError } from "@muster/core";
import type { Actor, Clock, LogQuery, LogSource } from "@muster/core";
import type { AuditLog } from "../access/audit-log.ts";
import { actorName } from "../commands/command-bus.ts";
import type { Door } from "../commands/command-bus.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { ServiceDirectory } from "../fleet/service-directory.ts";
import type { Links } from "../links/links.ts";
import { mergeByTime } from "./merge-by-time.ts";
import type { MergedPiece } from "./merge-by-time.ts";

/** One log somebody wants to read. */
export type AskedLog =
  | { readonly serviceId: string; readonly after?: string | undefined }
  | { readonly serverId: string; readonly file: string; readonly after?: string | undefined };

/** Which lines of them. */
export type LogChoice = Pick<LogQuery, "linesMax" | "follow" | "since" | "until" | "search" | "levelMax">;

/** A log that has been found: where it is, and what people call it. */
export interface FoundLog {
  readonly serverId: string;
  readonly source: LogSource;
  /** `server/name`. */
  readonly label: string;
  readonly after: string | undefined;
}

export interface LogAccessDeps {
  readonly fleet: Fleet;
  readonly services: Pick<ServiceDirectory, "find">;
  readonly links: Pick<Links, "stream">;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

/** The one way to a log on a server: rights first, then a row in the audit log, then the server's own policy. */
export class LogAccess {
  readonly #deps: LogAccessDeps;

  constructor(deps: LogAccessDeps) {
    this.#deps = deps;
  }

  /** Throws NOT_FOUND when the service or the server is not known. */
  find(asked: AskedLog): FoundLog {
    const { fleet, services } = this.#deps;
    const isFile = "file" in asked;
    const address = isFile ? { serverId: asked.serverId } : services.find(asked.serviceId);
    const server = address && fleet.get(address.serverId);
    if (address === undefined || server === undefined) throw new MusterError("NOT_FOUND");
    const source: LogSource = isFile
      ? { driver: "file", name: asked.file }
      : { driver: (address as LogSource).driver, name: (address as LogSource).name };
    return { serverId: address.serverId, source, label: `${server.known.name}/${source.name}`, after: asked.after };
  }

  /** Whether this actor, as it is now, may read logs. */
  may(actor: Actor): boolean {
    return authorize(actor, "logs.read", this.#deps.clock.now()).allow;
  }

  /**
   * Opens logs and merges them. Who reads what stands in the audit log before the first line comes, and a refusal of the
   * server's policy after it. Throws FORBIDDEN, BAD_REQUEST for an expression that is none, STORAGE_FULL.
   */
  async open(
    actor: Actor,
    door: Door,
    logs: readonly FoundLog[],
    choice: LogChoice,
    signal: AbortSignal,
  ): Promise<AsyncGenerator<MergedPiece, void, undefined>> {
    const { audit, links, clock } = this.#deps;
    checkSearch(choice);
    const isAllowed = this.may(actor);
    await audit.appendAll(
      logs.map((log) => ({
        ...rowOf(actor, door, log, choice),
        decision: isAllowed ? ("allowed" as const) : ("refused" as const),
        reason: isAllowed ? "" : "no right logs.read",
      })),
    );
    if (!isAllowed) throw new MusterError("FORBIDDEN");
    const streams = logs.map((log) =>
      links.stream(
        log.serverId,
        "logs.read",
        { ...log.source, ...choice, ...(log.after !== undefined && { afterCursor: log.after }) },
        signal,
      ),
    );
    return this.#noting(mergeByTime(streams, clock), (index, error) =>
      audit.append({ ...rowOf(actor, door, logs[index]!, choice), decision: "refused", reason: error.message }),
    );
  }

  async *#noting(
    pieces: AsyncGenerator<MergedPiece, void, undefined>,
    note: (source: number, error: MusterError) => Promise<unknown>,
  ): AsyncGenerator<MergedPiece, void, undefined> {
    for await (const piece of pieces) {
      if (piece.is === "ended" && piece.error instanceof MusterError && piece.error.code === "ACTION_REFUSED")
        await note(piece.source, piece.error);
      yield piece;
    }
  }
}

function checkSearch({ search }: LogChoice): void {
  if (search?.isExpression !== true) return;
  const compiled = compileExpression(search.text);
  if (!compiled.ok) throw new MusterError("BAD_REQUEST", { fields: { search: compiled.why } });
}

const rowOf = (actor: Actor, door: Door, { serverId, source, label }: FoundLog, choice: LogChoice) => ({
  actor: actorName(actor),
  door,
  action: "logs.read",
  target: label,
  args: { serverId, driver: source.driver, name: source.name, lines: choice.linesMax, follow: choice.follow },
  cmd: null,
});
