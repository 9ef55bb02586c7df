import type { IncomingMessage } from "node:http";
import { answerJson } from "../pull/stand-in-server.ts";
import { PANEL_FIXTURES } from "./fixtures.ts";
import { PanelStandIn } from "./panel-stand-in.ts";
import type { Asked, StandInNode } from "./panel-stand-in.ts";

/** The id of a node there. */
export const remnawaveId = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

/** Remnawave 3 as its clients know it: who does not come by a reverse proxy with HTTPS is cut off. */
export class RemnawaveStandIn extends PanelStandIn {
  protected readonly loginPath = "/api/auth/login";

  protected override letsIn({ headers }: IncomingMessage): boolean {
    return headers["x-forwarded-for"] !== undefined && headers["x-forwarded-proto"] === "https";
  }
  protected credentials(body: string): { readonly user: string; readonly password: string } {
    const { username = "", password = "" } = JSON.parse(body) as { username?: string; password?: string };
    return { user: username, password };
  }
  protected loginAnswer(token: string): unknown {
    return { response: { accessToken: token } };
  }

  protected answer({ method, path, response }: Asked): boolean {
    const asked = `${method} ${path}`;
    if (asked === "GET /api/system/stats") answerJson(response, { response: this.#stats() });
    else if (asked === "GET /api/system/metadata")
      answerJson(response, { response: { version: "3.3.0", build: { time: "x", number: "1" } } });
    else if (!this.options.isSudo) answerJson(response, { message: "Forbidden role error", errorCode: "A004" }, 403);
    else if (asked === "GET /api/nodes") answerJson(response, { response: this.nodes.map((node) => this.#node(node)) });
    else if (asked === "POST /api/nodes/actions/restart-all") {
      for (const node of this.nodes) if (node.state !== "disabled") this.connectAnew(node);
      answerJson(response, { response: { eventSent: true } });
    } else {
      const [, id, action] =
        /^POST \/api\/nodes\/([0-9a-f-]{36})\/actions\/(restart|enable|disable)$/.exec(asked) ?? [];
      const node = this.nodes.find((one) => remnawaveId(one.id) === id);
      if (node === undefined) return false;
      if (action === "disable") node.state = "disabled";
      else this.connectAnew(node);
      answerJson(response, { response: this.#node(node) });
    }
    return true;
  }

  #stats(): unknown {
    return {
      ...PANEL_FIXTURES.remnawaveStats,
      users: {
        statusCounts: {
          ...{ ACTIVE: this.count("active"), DISABLED: this.count("disabled") },
          ...{ LIMITED: this.count("limited"), EXPIRED: this.count("expired") },
        },
        totalUsers: this.users.length,
      },
      onlineStats: {
        ...{ lastDay: this.onlineSince(86_400_000), lastWeek: this.users.length, neverOnline: 0 },
        onlineNow: this.onlineSince(30_000),
      },
      nodes: { totalOnline: 1, totalBytesLifetime: String(this.upload + this.download) },
    };
  }

  #node(node: StandInNode): unknown {
    const { id, name, address, state, message, online, upload, download } = node;
    return {
      ...PANEL_FIXTURES.remnawaveNode,
      ...{ uuid: remnawaveId(id), id, name, address, lastStatusMessage: message, usersOnline: online },
      ...{ isConnected: state === "connected", isDisabled: state === "disabled", isConnecting: state === "connecting" },
      trafficUsedBytes: upload + download,
      xrayUptime: state === "connected" ? this.uptimeOf(node) : 0,
    };
  }
}
