import { answerJson } from "../pull/stand-in-server.ts";
import { PANEL_FIXTURES } from "./fixtures.ts";
import { FormPanelStandIn } from "./panel-stand-in.ts";
import type { Asked, StandInNode } from "./panel-stand-in.ts";

const STATES: Readonly<Record<StandInNode["state"], string>> = {
  connected: "healthy",
  // It knows no state in between.
  connecting: "unhealthy",
  error: "unhealthy",
  disabled: "disabled",
};

/** Marzneshin of October 2025 as its clients know it: `resync` answers well and does nothing. */
export class MarzneshinStandIn extends FormPanelStandIn {
  protected readonly loginPath = "/api/admins/token";
  /** Nothing runs on any node. */
  isBackendRunning = true;

  protected answer({ method, path, query, response }: Asked): boolean {
    const asked = `${method} ${path}`;
    if (asked === "GET /api/system/stats/users")
      answerJson(response, {
        ...{ total: this.users.length, active: this.count("active"), on_hold: this.count("on_hold") },
        ...{ expired: this.count("expired"), limited: this.count("limited"), online: this.onlineSince(30_000) },
      });
    else if (asked === "GET /api/system/stats/traffic")
      answerJson(response, { step: 3_600, total: this.upload + this.download, usages: [[1, 2]] });
    else if (!this.options.isSudo) answerJson(response, { detail: "Access Denied" }, 403);
    else if (asked === "GET /api/nodes") {
      const [page, size] = [Number(query.get("page") ?? 1), Math.min(100, Number(query.get("size") ?? 50))];
      const items = this.nodes.slice((page - 1) * size, page * size).map((node) => this.#node(node));
      const [total, pages] = [this.nodes.length, Math.ceil(this.nodes.length / size)];
      answerJson(response, { items, total, page, size, pages, links: {} });
    } else {
      const [, put, resync] = /^(?:PUT \/api\/nodes\/(\d+)|POST \/api\/nodes\/(\d+)\/resync)$/.exec(asked) ?? [];
      const node = this.nodeOf(put ?? resync);
      if (node === undefined) return false;
      if (put !== undefined) this.connectAnew(node);
      answerJson(response, put === undefined ? {} : this.#node(node));
    }
    return true;
  }

  #node({ id, name, address, state, message }: StandInNode): unknown {
    const [backend] = PANEL_FIXTURES.marzneshinNode.backends;
    return {
      ...PANEL_FIXTURES.marzneshinNode,
      ...{ id, name, address, status: STATES[state], message },
      backends: [{ ...backend, running: this.isBackendRunning }],
    };
  }
}
