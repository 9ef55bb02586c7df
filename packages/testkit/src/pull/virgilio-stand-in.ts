import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@muster/core";
import { StandInServer, answerJson } from "./stand-in-server.ts";

export interface VirgilioStandInOptions {
  readonly clock: Clock;
  readonly token?: string;
  /** A path before all others, such as `/api`. */
  readonly base?: string;
  /** What a reboot does. `off` is the default of the agent. */
  readonly reboot?: "off" | "works" | "does-nothing" | "command-missing" | "command-fails" | "never-comes-back";
  /** How long a machine is away. */
  readonly awayMs?: number;
}

/** The monitoring agent of Virgilio: `/healthz`, `/metrics`, `/metrics/latest`, `/reboot`. */
export class VirgilioStandIn extends StandInServer {
  /** Fields that take the place of the usual ones. */
  fields: Record<string, unknown> = {};
  /** The answer to a reboot does not come, whatever it does. */
  losesAnswers = false;
  /** Gives the same reading again, as a cache would. */
  isFrozen = false;
  /** How often the machine was rebooted. */
  reboots = 0;
  readonly #options: VirgilioStandInOptions;
  #startedMs: number;
  #latest: unknown;

  constructor(options: VirgilioStandInOptions) {
    super((request, response) => this.#reply(request, response));
    this.#options = options;
    this.#startedMs = options.clock.monotonic() - 86_400_000;
  }

  #reply(request: IncomingMessage, response: ServerResponse): void {
    const { base = "", token = "right-token" } = this.#options;
    const path = request.url?.startsWith(base) === true ? `${request.method} ${request.url.slice(base.length)}` : "";
    if (path === "GET /healthz") return answerJson(response, { status: "ok" });
    if (!["GET /metrics", "GET /metrics/latest", "POST /reboot"].includes(path))
      return answerJson(response, { detail: "Not Found" }, 404);
    const [, scheme = "", given = ""] = /^(\S+) (.*)$/.exec(request.headers.authorization ?? "") ?? [];
    if (scheme.toLowerCase() !== "bearer") return answerJson(response, { detail: "Missing bearer token" }, 401);
    if (given !== token) return answerJson(response, { detail: "Invalid token" }, 401);
    if (path === "POST /reboot") return this.#reboot(request, response);
    if (path === "GET /metrics" && !this.isFrozen) this.#latest = this.#read();
    answerJson(response, { metrics: (this.#latest ??= this.#read()) });
  }

  #read(): unknown {
    const { clock } = this.#options;
    return {
      reported_at: new Date(clock.now()).toISOString().replace("Z", "000+00:00"),
      ...{ hostname: "7f3c2a1b9d4e", backend_version: "1.4.2", cpu_temperature_c: 48.5, ram_used_percent: 25 },
      ...{ total_ram_gb: 16, disk_usage_percent: 61.2, configured_mounts: ["/"], os_version: "Debian GNU/Linux 12" },
      mounted_usage: [{ mount_point: "/", total_gb: 100, used_percent: 61.2 }],
      cpu_load: { one: 0.42, five: 0.4, fifteen: 0.39 },
      network_counters: [{ interface: "eth0", bytes_sent: 1_000, bytes_recv: 5_000 }],
      disk_temperatures: [{ device: "Composite", temperature_c: 38.9 }],
      uptime_seconds: Math.floor((clock.monotonic() - this.#startedMs) / 1_000),
      warnings: null,
      ...this.fields,
    };
  }

  #reboot(request: IncomingMessage, response: ServerResponse): void {
    const { reboot = "off" } = this.#options;
    if (reboot === "off") return answerJson(response, { detail: "Reboot disabled" }, 403);
    if (reboot === "command-missing") return void response.writeHead(500).end("Internal Server Error");
    if (reboot === "command-fails") return answerJson(response, { detail: "reboot: Permission denied" }, 502);
    if (this.losesAnswers) request.socket.destroy();
    else answerJson(response, { status: "rebooting" }, 202);
    this.reboots++;
    if (reboot === "does-nothing") return;
    const { clock, awayMs = 20_000 } = this.#options;
    // The answer goes out before the machine does.
    clock.after(500, () => {
      void this.stop();
      if (reboot === "never-comes-back") return;
      clock.after(awayMs, () => {
        this.#startedMs = clock.monotonic();
        void this.start();
      });
    });
  }
}
