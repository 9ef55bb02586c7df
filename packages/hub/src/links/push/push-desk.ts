import { HEARTBEAT_METRICS_MAX, heartbeatSamples, MusterError, takeToken } from "@muster/core";
import type { Bucket, Clock, Heartbeat, Instant } from "@muster/core";
import type { Fleet } from "../../fleet/fleet.ts";
import type { LinkStore } from "../../fleet/link-store.ts";
import type { Ingest } from "../../metrics/ingest.ts";
import { SampleIntake } from "../../metrics/sample-intake.ts";

export interface PushDeskDeps {
  readonly fleet: Fleet;
  readonly links: LinkStore;
  readonly ingest: Ingest;
  readonly clock: Clock;
}

/** One server sends once a second at most, on average; a script that was stopped may catch up. */
const LIMIT = { burst: 120, perMinute: 60 };
/** What is so much older than now makes history only. */
const LATE_MS = 60_000;
/** Different names that one server may send since the hub's start; each is a series. */
const NAMES_MAX = 4 * HEARTBEAT_METRICS_MAX;

interface Sender {
  bucket: Bucket | undefined;
  readonly intake: SampleIntake;
  readonly names: Set<string>;
}

/** Takes readings of servers that send them by HTTP: whose they are is said by the token, never by the body. */
export class PushDesk {
  readonly #deps: PushDeskDeps;
  readonly #senders = new Map<string, Sender>();

  constructor(deps: PushDeskDeps) {
    this.#deps = deps;
    deps.links.listen(({ is, serverId }) => {
      if (is === "removed") this.#senders.delete(serverId);
    });
  }

  /**
   * Durable when it resolves. Throws UNAUTHENTICATED, also where there is no such server, SERVER_PENDING, FORBIDDEN when
   * the server was revoked, RATE_LIMITED, STORAGE_FULL, STORAGE_FAILED.
   */
  async take(
    serverId: string,
    token: string | undefined,
    heartbeat: { readonly metrics: Heartbeat; readonly at: Instant | undefined; readonly address: string },
  ): Promise<{ readonly acceptedCount: number; readonly refused: Readonly<Record<string, string>> }> {
    const { fleet, links, clock } = this.#deps;
    const server = fleet.get(serverId);
    if (token === undefined || !links.isToken(serverId, token) || server === undefined)
      throw new MusterError("UNAUTHENTICATED", {
        message: "The token is not this server's; make a new one in the panel.",
      });
    if (server.known.state === "revoked") throw new MusterError("FORBIDDEN", { message: "This server was revoked." });
    const sender = this.#sender(serverId);
    const taken = takeToken(LIMIT, sender.bucket, clock.monotonic());
    sender.bucket = taken.bucket;
    if (!taken.ok) throw new MusterError("RATE_LIMITED", { retryAfterMs: taken.retryAfterMs });
    server.address = heartbeat.address;
    fleet.heard(serverId);
    if (server.known.state !== "active") throw new MusterError("SERVER_PENDING");

    const { samples, refused } = heartbeatSamples(heartbeat.metrics);
    const now = clock.now();
    const at = heartbeat.at ?? now;
    const kept = samples.filter(({ metric }) => this.#isNameKept(sender, metric));
    await sender.intake.take(kept, at, now - at > LATE_MS);
    const tooMany = samples.filter((sample) => !kept.includes(sample));
    return {
      acceptedCount: kept.length,
      refused: {
        ...refused,
        ...Object.fromEntries(tooMany.map(({ metric }) => [metric, `this server has sent ${NAMES_MAX} other names`])),
      },
    };
  }

  #sender(serverId: string): Sender {
    let sender = this.#senders.get(serverId);
    if (sender === undefined)
      this.#senders.set(
        serverId,
        (sender = { bucket: undefined, intake: new SampleIntake(serverId, this.#deps.ingest), names: new Set() }),
      );
    return sender;
  }

  #isNameKept({ names }: Sender, metric: string): boolean {
    if (names.size >= NAMES_MAX && !names.has(metric)) return false;
    names.add(metric);
    return true;
  }
}
