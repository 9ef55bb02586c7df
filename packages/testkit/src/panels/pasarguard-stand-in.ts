import type { IncomingMessage } from "node:http";
import { answerJson } from "../pull/stand-in-server.ts";
import { PANEL_FIXTURES } from "./fixtures.ts";
import { marzbanUser } from "./marzban-stand-in.ts";
import { FormPanelStandIn } from "./panel-stand-in.ts";
import type { Asked } from "./panel-stand-in.ts";

/** PasarGuard 5 as its clients know it. */
export class PasarguardStandIn extends FormPanelStandIn {
  protected readonly loginPath = "/api/admin/token";
  /** Early versions do not know the question and answer with everybody. */
  knowsOnlineAfter = true;

  protected override tokenOf(request: IncomingMessage): string | undefined {
    const key = request.headers["x-api-key"];
    return typeof key === "string" ? key : super.tokenOf(request);
  }

  protected answer({ method, path, query, response }: Asked): boolean {
    const asked = `${method} ${path}`;
    if (asked === "GET /api/system") answerJson(response, this.#system());
    else if (asked === "GET /api/users") {
      const after = this.knowsOnlineAfter ? Date.parse(query.get("online_after") ?? "") : Number.NaN;
      const found = this.users.filter(({ onlineAt }) => Number.isNaN(after) || (onlineAt ?? 0) >= after);
      answerJson(response, { users: found.slice(0, Number(query.get("limit"))).map(marzbanUser), total: found.length });
    } else if (!this.options.isSudo && /^\/api\/(?:nodes?|core)/.test(path))
      answerJson(response, { detail: "Permission denied" }, 403);
    else if (asked === "GET /api/nodes")
      answerJson(response, { nodes: this.nodes.map((node) => this.#node(node)), total: this.nodes.length });
    else if (asked === "POST /api/core/1/restart") {
      for (const node of this.nodes) if (node.state === "connected") this.connectAnew(node);
      response.writeHead(204).end();
    } else {
      const node = this.nodeOf(/^POST \/api\/node\/(\d+)\/reconnect$/.exec(asked)?.[1]);
      if (node === undefined) return false;
      this.connectAnew(node);
      answerJson(response, {});
    }
    return true;
  }

  #system(): unknown {
    return {
      ...PANEL_FIXTURES.pasarguardSystem,
      ...{ total_user: this.users.length, online_users: this.onlineSince(120_000) },
      active_users: this.count("active"),
      on_hold_users: this.count("on_hold"),
      disabled_users: this.count("disabled"),
      expired_users: this.count("expired"),
      limited_users: this.count("limited"),
      ...{ incoming_bandwidth: this.upload, outgoing_bandwidth: this.download },
    };
  }

  #node({ id, name, address, state, message, upload, download }: (typeof this.nodes)[number]): unknown {
    return {
      ...PANEL_FIXTURES.pasarguardNode,
      ...{ id, name, address, status: state, message, lifetime_uplink: upload, lifetime_downlink: download },
    };
  }
}
