import {
  parseMarzbanCore,
  parseMarzbanNodes,
  parseMarzbanSystem,
  parseMarzbanUsage,
  parseUserPage,
  NO_TRAFFIC,
  readPart,
} from "@muster/core";
import type { PanelNode, PanelOnline, PanelPart, ProbeSettingsOf } from "@muster/core";
import type { PanelClient } from "../panel-client.ts";
import { reconnectNode, restartCore } from "../panel-acts.ts";
import { createPanelProbe, dayBegin, panelPart, valueOf } from "../panel-probe.ts";
import type { PanelKind } from "../panel-probe.ts";
import { bearer, formLogin } from "../panel-sign-in.ts";
import type { Probe, ProbeDeps } from "../probe-kind.ts";

const SUDO = "a sudo admin is needed";
/** Marzban cannot be asked who is online, so all active users are listed: few at a time, because each makes it work. */
const PAGE_USERS = 500;
const PAGES_MAX = 40;
/** So much of the time at most is spent listing users. */
const LISTING_SHARE = 0.05;
const LISTING_MS_LEAST = 55_000;

/** Reads a Marzban panel. */
export function createMarzbanProbe(settings: ProbeSettingsOf<"marzban">, deps: ProbeDeps): Probe {
  const online = new OnlineByListing(settings.onlineWindowSeconds, deps);
  const nodes = (panel: PanelClient, signal: AbortSignal): Promise<PanelPart<readonly PanelNode[]>> =>
    panelPart(panel, "/api/nodes", SUDO, ({ text }) => parseMarzbanNodes(text), signal);
  const core = (panel: PanelClient, signal: AbortSignal) =>
    panelPart(panel, "/api/core", SUDO, ({ text }) => parseMarzbanCore(text), signal);
  const kind: PanelKind = {
    title: "Marzban",
    headersOf: bearer,
    login: formLogin("/api/admin/token"),
    firstPath: "/api/system",
    nodes,
    async read(panel, first, signal) {
      const system = parseMarzbanSystem(first.text);
      const found = await nodes(panel, signal);
      const since = `/api/nodes/usage?start=${dayBegin(first.at)}T00:00:00%2B00:00`;
      const usage =
        found.is === "read" && found.value.length > 0
          ? valueOf(await panelPart(panel, since, SUDO, ({ text }) => parseMarzbanUsage(text), signal))
          : undefined;
      return {
        system,
        nodes:
          found.is === "read"
            ? readPart(found.value.map((node) => ({ ...node, traffic: usage?.get(node.id) ?? NO_TRAFFIC })))
            : found,
        core: await core(panel, signal),
        online: await online.count(panel, signal),
      };
    },
    acts: {
      "reconnect-node": reconnectNode({ method: "POST", path: (id) => `/api/node/${id}/reconnect`, right: SUDO }),
      "restart-core": (acting) =>
        restartCore(
          acting,
          { path: "/api/core/restart", right: SUDO },
          async () => valueOf(await core(acting.panel, acting.signal))?.isRunning ?? undefined,
        ),
    },
  };
  return createPanelProbe(settings, deps, kind);
}

/** Counts who is online by listing users; between two listings the last count stays, with its time. */
class OnlineByListing {
  readonly #windowSeconds: number;
  readonly #clock: ProbeDeps["clock"];
  #last: PanelPart<PanelOnline> | undefined;
  #nextMs = 0;

  constructor(windowSeconds: number, { clock }: ProbeDeps) {
    this.#windowSeconds = windowSeconds;
    this.#clock = clock;
  }

  async count(panel: PanelClient, signal: AbortSignal): Promise<PanelPart<PanelOnline>> {
    const begunMs = this.#clock.monotonic();
    if (this.#last !== undefined && begunMs < this.#nextMs) return this.#last;
    const counted = await this.#listed(panel, signal);
    const tookMs = this.#clock.monotonic() - begunMs;
    // The panel answered all else in time; that it cannot list everybody in what is left is no fault of its.
    this.#last = signal.aborted
      ? { is: "missing", because: "not-told", why: "listing all active users took too long; give the probe more time" }
      : counted;
    this.#nextMs = begunMs + Math.max(LISTING_MS_LEAST, tookMs / LISTING_SHARE);
    return this.#last;
  }

  async #listed(panel: PanelClient, signal: AbortSignal): Promise<PanelPart<PanelOnline>> {
    let [count, listed] = [0, 0];
    for (let page = 0; page < PAGES_MAX; page++) {
      const path = `/api/users?status=active&offset=${listed}&limit=${PAGE_USERS}`;
      const part = await panelPart(
        panel,
        path,
        "reading users",
        // By the panel's own clock, since it wrote the times.
        ({ text, at }) => parseUserPage(text, at - this.#windowSeconds * 1_000),
        signal,
      );
      if (part.is !== "read") return part;
      count += part.value.online;
      listed += part.value.listed;
      if (part.value.listed < PAGE_USERS || listed >= (part.value.total ?? Infinity))
        return readPart({ count, windowSeconds: this.#windowSeconds, at: this.#clock.now() });
    }
    return {
      is: "missing",
      because: "not-told",
      why: `more than ${PAGES_MAX * PAGE_USERS} active users, which are too many to list again and again`,
    };
  }
}
