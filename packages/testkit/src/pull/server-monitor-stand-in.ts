import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@muster/core";
import { StandInServer, answerJson } from "./stand-in-server.ts";

const MIB = 1024 ** 2;

/**
 * The agent of server-monitor with its faults: exact paths only, a status that goes out before the data is gathered,
 * rates over the time since whoever asked last, the first of them everything since boot over the agent's age.
 */
export class ServerMonitorStandIn extends StandInServer {
  /** The gathering of data throws: 200, and nothing after it. */
  throws = false;
  /** What the machine does. */
  readonly receivesBytesPerSecond = 3 * MIB;
  readonly sendsBytesPerSecond = MIB;
  readonly readsBytesPerSecond = 2 * MIB;
  /** Whether the agent knows the name of the disk. */
  knowsDisk = true;
  readonly #clock: Clock;
  readonly #bootedMs: number;
  #agentStartedMs: number;
  #before: { readonly atMs: number; readonly rxBytes: number; readonly txBytes: number; readonly readBytes: number };

  constructor({ clock }: { readonly clock: Clock }) {
    super((request, response) => this.#reply(request, response));
    this.#clock = clock;
    this.#bootedMs = clock.monotonic() - 3_600_000;
    this.#agentStartedMs = clock.monotonic();
    this.#before = { atMs: this.#agentStartedMs, rxBytes: 0, txBytes: 0, readBytes: 0 };
  }

  /** As when its process was restarted: the next rates are wrong again. */
  restartAgent(): void {
    this.#agentStartedMs = this.#clock.monotonic();
    this.#before = { atMs: this.#agentStartedMs, rxBytes: 0, txBytes: 0, readBytes: 0 };
  }

  #reply(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader("access-control-allow-origin", "*");
    if (request.method !== "GET") return void response.writeHead(501).end();
    switch (request.url ?? "") {
      case "/api/health":
        return answerJson(response, { status: "ok", agent: "running" });
      case "/api/all":
        if (this.throws) return void response.writeHead(200, { "content-type": "application/json" }).end();
        return answerJson(response, this.#all());
      default:
        return answerJson(response, { error: "Not found" }, 404);
    }
  }

  #all(): unknown {
    const nowMs = this.#clock.monotonic();
    const upSeconds = (nowMs - this.#bootedMs) / 1_000;
    const rxBytes = upSeconds * this.receivesBytesPerSecond;
    const txBytes = upSeconds * this.sendsBytesPerSecond;
    const readBytes = upSeconds * this.readsBytesPerSecond;
    const { atMs, rxBytes: rxBefore, txBytes: txBefore, readBytes: readBefore } = this.#before;
    const seconds = Math.max((nowMs - atMs) / 1_000, 0.001);
    this.#before = { atMs: nowMs, rxBytes, txBytes, readBytes };
    const rate = (now: number, before: number): number => Math.round(((now - before) / MIB / seconds) * 100) / 100;
    const minutes = Math.floor(upSeconds / 60);
    return {
      system: {
        os: {
          name: "Debian GNU/Linux 12 (bookworm)",
          kernel: "6.1.0",
          arch: "x86_64",
          distro_id: "debian",
          version_id: "12",
        },
        memory: { total: 4_000, used: 1_000, free: 2_000, percent: 25 },
        disk: { total: "252G", used: "12G", free: "229G", percent: 5 },
        cpu: { count: 2, load_avg: "0.75, 0.93, 1.18", usage: 12.5 },
        uptime: `${Math.floor(minutes / 1_440)}d ${Math.floor(minutes / 60) % 24}h ${minutes % 60}m`,
        hostname: "web-3",
      },
      network: {
        ...{ rx_speed: rate(rxBytes, rxBefore), tx_speed: rate(txBytes, txBefore) },
        ...{
          total_rx_mb: Math.round((rxBytes / MIB) * 100) / 100,
          total_tx_mb: Math.round((txBytes / MIB) * 100) / 100,
        },
        connections: 17,
      },
      disk_io: {
        read_speed: this.knowsDisk ? rate(readBytes, readBefore) : 0,
        ...{ write_speed: 0, iops: this.knowsDisk ? Math.floor(upSeconds * 100) : 0 },
      },
      processes: [{ user: "root", pid: "1", cpu: 0.1, mem: 0.3, command: "/sbin/init --token=hunter22222" }],
      services: [
        { name: "ssh", status: "active" },
        { name: "docker", status: "inactive" },
      ],
      timestamp: `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`,
    };
  }
}
