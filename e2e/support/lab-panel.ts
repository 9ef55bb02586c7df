import type { ActionView, LogItemView, RouteAnswer, RouteInput, Service } from "@muster/protocol";
import { temporaryDirectory, waitFor } from "@muster/testkit";
import { LAB_ADDRESS, startLab } from "../lab/lab.ts";
import type { Lab, LabHost } from "../lab/lab.ts";
import { HubClient } from "./hub-client.ts";
import { ADMIN, startHubProgram } from "./hub-program.ts";
import type { HubProgram } from "./hub-program.ts";
import { buildPrograms } from "./programs.ts";

const PUBLIC_URL = `https://${LAB_ADDRESS}:8765`;
/** Where the installer puts things on a server. */
const NODE = "/usr/local/lib/muster/node";
const AGENT = "/usr/local/lib/muster/agent.mjs";

/** Adds a server that is reached by SSH, and approves the host key that it shows. */
export async function addBySsh(
  client: HubClient,
  name: string,
  way: {
    readonly host: string;
    readonly port?: number;
    readonly user: string;
    readonly keyId: string;
    readonly via?: string;
    readonly sudo?: boolean;
  },
): Promise<string> {
  const link = { kind: "ssh", authentication: "key", ...way } as const;
  const { server } = await client.call("POST /api/v1/servers", { body: { name, link } });
  await client.serverWhen(name, "shows its host key", ({ linkState }) => linkState?.is === "host-key", 30_000);
  const { shownHostKey } = await client.call("GET /api/v1/servers/{id}/link", { params: { id: server.id } });
  await client.call("POST /api/v1/servers/{id}/link/host-key", {
    params: { id: server.id },
    body: { fingerprint: shownHostKey!.fingerprint },
  });
  return server.id;
}

type Targets = RouteInput<"POST /api/v1/actions">["body"]["targets"];

/** A hub in a lab whose hosts joined by the pasted line, and what an operator does with them. */
export class LabPanel implements AsyncDisposable {
  readonly lab: Lab;
  readonly client: HubClient;
  readonly hosts: ReadonlyMap<string, LabHost>;
  readonly #cleanup: AsyncDisposableStack;
  readonly #startHub: () => Promise<HubProgram>;
  #hub: HubProgram;
  #pastOutput = "";

  private constructor(
    lab: Lab,
    client: HubClient,
    hosts: ReadonlyMap<string, LabHost>,
    hub: HubProgram,
    startHub: () => Promise<HubProgram>,
    cleanup: AsyncDisposableStack,
  ) {
    this.lab = lab;
    this.client = client;
    this.hosts = hosts;
    this.#hub = hub;
    this.#startHub = startHub;
    this.#cleanup = cleanup;
  }

  /** @param link how its hosts come to be its servers: by the pasted line, or by SSH with a key of the hub's */
  static async start(names: readonly string[], link: "agent" | "ssh" = "agent"): Promise<LabPanel> {
    await buildPrograms();
    await using cleanup = new AsyncDisposableStack();
    const directory = cleanup.use(await temporaryDirectory("lab-panel"));
    const lab = cleanup.use(await startLab());
    const startHub = (): Promise<HubProgram> =>
      startHubProgram({
        directory: directory.path,
        listen: `${LAB_ADDRESS}:8765`,
        publicUrl: PUBLIC_URL,
        start: lab.spawn,
        env: { MUSTER_INTERVAL_MS: "1000" },
      });
    const hub = await startHub();
    const forward = await lab.forward(`${LAB_ADDRESS}:8765`);
    const client = new HubClient({ publicUrl: PUBLIC_URL, through: forward });
    await client.signIn(ADMIN.name, ADMIN.password);
    const hosts = new Map<string, LabHost>();
    const key = link === "ssh" ? await client.call("POST /api/v1/ssh-keys", { body: { name: "fleet" } }) : undefined;
    for (const name of names) {
      const host = await lab.up(name);
      if (key === undefined) {
        const { command } = await client.call("POST /api/v1/join-tokens", { body: { name, lifetimeMinutes: 15 } });
        await host.shell(`cd /root && ${command}`);
      } else {
        await host.shell(`echo '${key.publicKey}' >> ~/.ssh/authorized_keys`);
        await addBySsh(client, name, { host: host.address, user: "root", keyId: key.id });
      }
      hosts.set(name, host);
      await client.serverWhen(name, "is online", (server) => server.presence.is === "online", 30_000);
    }
    return new LabPanel(lab, client, hosts, hub, startHub, cleanup.move());
  }

  get hubOutput(): string {
    return this.#pastOutput + this.#hub.program.output;
  }

  host(name: string): LabHost {
    const host = this.hosts.get(name);
    if (host === undefined) throw new Error(`there is no host ${name}`);
    return host;
  }

  /** Ends the hub without a word and starts it again on the same data. */
  async killHub(): Promise<void> {
    await this.#hub.program.stop("SIGKILL");
    this.#pastOutput += this.#hub.program.output;
    this.#hub = await this.#startHub();
    await this.client.signIn(ADMIN.name, ADMIN.password);
  }

  /** Writes a server's policy as its root, and lets the machine grant what it needs. */
  async policy(name: string, allow: string, grantFlags: readonly string[] = []): Promise<void> {
    const host = this.host(name);
    await host.ssh(["sh", "-c", "cat > /etc/muster/policy.yaml"], { stdin: `version: 1\nallow:\n${allow}` });
    const { exitCode, stdout, stderr } = await host.ssh([NODE, AGENT, "grant", ...grantFlags], { timeoutMs: 60_000 });
    if (exitCode !== 0) throw new Error(`grant on ${name}: ${stdout}${stderr}`);
  }

  async services(server: string): Promise<readonly Service[]> {
    const { id } = await this.client.server(server);
    return (await this.client.call("GET /api/v1/services", { query: { server: id } })).items;
  }

  /** Waits until a service is as wished, and gives it. */
  async serviceWhen(
    server: string,
    name: string,
    wish: string,
    isSo: (service: Service) => boolean = () => true,
    timeoutMs = 45_000,
  ): Promise<Service> {
    let last: Service | undefined;
    return waitFor(
      async () => {
        last = (await this.services(server)).find((service) => service.name === name);
        return last !== undefined && isSo(last) ? last : undefined;
      },
      { timeoutMs, intervalMs: 300, describe: () => `${name} of ${server} ${wish}; it was ${JSON.stringify(last)}` },
    );
  }

  async ask(
    action: ActionView["action"],
    targets: Targets,
    args: Readonly<Record<string, string | number>> = {},
  ): Promise<readonly ActionView[]> {
    return (await this.client.call("POST /api/v1/actions", { body: { action, targets, args } })).items;
  }

  /** Waits until an action has ended. */
  async ended({ id }: Pick<ActionView, "id">, timeoutMs = 60_000): Promise<ActionView> {
    let last: ActionView | undefined;
    return waitFor(
      async () => {
        last = await this.client.call("GET /api/v1/actions/{id}", { params: { id }, query: { waitMs: 1_000 } });
        return last.state === "ended" ? last : undefined;
      },
      { timeoutMs, intervalMs: 100, describe: () => `the action ends; it was ${JSON.stringify(last)}` },
    );
  }

  /** Asks for one action on one service and waits for its end. */
  async act(action: ActionView["action"], service: Service, args = {}): Promise<ActionView> {
    const [asked] = await this.ask(action, { services: [service.id] }, args);
    return this.ended(asked!);
  }

  async ledger({ id }: Pick<Service, "id">): Promise<RouteAnswer<"GET /api/v1/services/{id}/ledger">["items"]> {
    return (await this.client.call("GET /api/v1/services/{id}/ledger", { params: { id } })).items;
  }

  /** The last lines of a service's log, as texts. */
  async logLines({ id }: Pick<Service, "id">, lines = 50): Promise<readonly string[]> {
    const { text, status } = await this.client.send("GET", `/api/v1/services/${id}/logs?format=ndjson&lines=${lines}`);
    if (status !== 200) throw new Error(`logs: ${status} ${text}`);
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as LogItemView)
      .flatMap((item) => ("text" in item ? [item.text] : [`gap: ${item.gap.why}`]));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync();
  }
}
