import { answerJson } from "../pull/stand-in-server.ts";
import { PANEL_FIXTURES } from "./fixtures.ts";
import { FormPanelStandIn } from "./panel-stand-in.ts";
import type { Asked, StandInNode, StandInUser } from "./panel-stand-in.ts";

/** In UTC without saying so, as these panels write times. */
const naiveUtc = (at: number): string => new Date(at).toISOString().slice(0, 19);

/** Marzban 0.8 as its clients know it. */
export class MarzbanStandIn extends FormPanelStandIn {
  protected readonly loginPath = "/api/admin/token";
  isCoreRunning = true;
  coreRestarts = 0;

  protected answer({ method, path, query, response }: Asked): boolean {
    const asked = `${method} ${path}`;
    const { isSudo } = this.options;
    if (asked === "GET /api/system") answerJson(response, this.#system());
    else if (asked === "GET /api/core")
      answerJson(response, { version: "1.8.24", started: this.isCoreRunning, logs_websocket: "/api/core/logs" });
    else if (asked === "GET /api/users") answerJson(response, this.#users(query));
    else if (!isSudo && /^\/api\/(?:nodes?|core\/)/.test(path))
      answerJson(response, { detail: "You're not allowed" }, 403);
    else if (asked === "GET /api/nodes") answerJson(response, this.nodes.map(marzbanNode));
    else if (asked === "GET /api/nodes/usage")
      answerJson(response, {
        usages: [
          { node_id: null, node_name: "Master", uplink: 5, downlink: 6 },
          ...this.nodes.map(({ id, name, upload, download }) => ({
            ...{ node_id: id, node_name: name, uplink: upload, downlink: download },
          })),
        ],
      });
    else if (asked === "POST /api/core/restart") {
      this.coreRestarts++;
      answerJson(response, {});
    } else {
      const node = this.nodeOf(/^POST \/api\/node\/(\d+)\/reconnect$/.exec(asked)?.[1]);
      if (node === undefined) return false;
      this.connectAnew(node);
      answerJson(response, { detail: "Reconnection task scheduled" });
    }
    return true;
  }

  #system(): unknown {
    return {
      ...PANEL_FIXTURES.marzbanSystem,
      ...{ total_user: this.users.length, online_users: this.onlineSince(86_400_000) },
      users_active: this.count("active"),
      users_on_hold: this.count("on_hold"),
      users_disabled: this.count("disabled"),
      users_expired: this.count("expired"),
      users_limited: this.count("limited"),
      ...{ incoming_bandwidth: this.upload, outgoing_bandwidth: this.download },
    };
  }

  #users(query: URLSearchParams): unknown {
    const status = query.get("status");
    const found = this.users.filter((user) => status === null || user.status === status);
    const offset = Number(query.get("offset") ?? 0);
    const limit = Number(query.get("limit") ?? 0) || found.length;
    return { users: found.slice(offset, offset + limit).map(marzbanUser), total: found.length };
  }
}

const marzbanNode = ({ id, name, address, state, message }: StandInNode): unknown => ({
  ...PANEL_FIXTURES.marzbanNode,
  ...{ id, name, address, status: state, message, xray_version: state === "connected" ? "1.8.24" : null },
});

/** With what a panel gives away of each user. */
export const marzbanUser = ({ username, status, onlineAt }: StandInUser): unknown => ({
  ...PANEL_FIXTURES.marzbanUser,
  ...{ username, status, online_at: onlineAt === null ? null : naiveUtc(onlineAt) },
});
