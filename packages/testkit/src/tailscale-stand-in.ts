import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { Socket } from "node:net";

const peer = (name: string, more: object): object => ({
  ...{ ID: "n1", HostName: name, DNSName: `${name}.tail1.ts.net.`, OS: "linux", UserID: 1 },
  ...{ TailscaleIPs: ["100.64.0.9", "fd7a:115c:a1e0::9"], Tags: ["tag:server"], CurAddr: "", Relay: "fra" },
  ...{ RxBytes: 1_000, TxBytes: 2_000, LastSeen: "0001-01-01T00:00:00Z", Online: true, Active: true },
  KeyExpiry: "2027-06-01T00:00:00Z",
  ...more,
});

/** What `tailscale status --json` prints, as tailscaled's source has it. */
export const TAILSCALE_STATUS = {
  ...{ Version: "1.84.0-t1", TUN: true, BackendState: "Running", AuthURL: "", Health: [] as readonly string[] },
  TailscaleIPs: ["100.64.0.1"],
  Self: peer("hub", { TailscaleIPs: ["100.64.0.1"] }),
  CurrentTailnet: { Name: "example.com", MagicDNSSuffix: "tail1.ts.net", MagicDNSEnabled: true },
  User: { "1": { ID: 1, LoginName: "a@example.com", DisplayName: "A" } },
  Peer: {
    "nodekey:1": peer("direct", { CurAddr: "203.0.113.7:41641" }),
    "nodekey:2": peer("relayed", {}),
    "nodekey:3": peer("idle", { Active: false }),
    "nodekey:4": peer("away", { Online: false, LastSeen: "2026-01-01T00:00:00Z", KeyExpiry: "2020-01-01T00:00:00Z" }),
  },
};

/** Stands in for tailscaled at a Unix socket. */
export class TailscaleStandIn implements AsyncDisposable {
  status: object = TAILSCALE_STATUS;
  fault: "denied" | "hang" | "html" | "endless" | "drop" | undefined;
  readonly requests: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.headers.host} ${request.url}`);
      if (this.fault === "hang") return;
      if (this.fault === "drop") return void request.socket.destroy();
      if (this.fault === "denied") return void response.writeHead(403).end("status access denied");
      if (this.fault === "html") return void response.end("<html>");
      if (this.fault === "endless") {
        const write = (): void => {
          while (!response.destroyed && response.write("x".repeat(65_536)));
        };
        response.on("drain", write);
        return write();
      }
      response.end(JSON.stringify(this.status));
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  async start(socketPath: string): Promise<void> {
    this.#server.listen(socketPath);
    await once(this.#server, "listening");
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }
}
