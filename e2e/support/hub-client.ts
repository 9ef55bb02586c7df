import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import type { RouteAnswer, RouteInput, RouteName, Server } from "@muster/protocol";
import { waitFor } from "@muster/testkit";

/** What a test can say about a request that was refused. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** The hub answered with an error. */
export class HubRefused extends Error implements Refusal {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(`${status} ${code}: ${message}`);
    this.status = status;
    this.code = code;
  }
}

export interface HubClientConfig {
  /** The hub's own address, as browsers know it: `https://10.99.0.1:8765`. */
  readonly publicUrl: string;
  /** Where to connect instead, for a hub behind a forward. */
  readonly through?: { readonly host: string; readonly port: number };
}

type Ask<N extends RouteName> = Partial<{ [K in "params" | "query" | "body"]: RouteInput<N>[K] }>;

/** Speaks to a hub as the panel's pages do: cookie, Origin, request token. Every request has a connection of its own. */
export class HubClient {
  readonly #config: HubClientConfig;
  #cookie: string | undefined;
  #csrfToken: string | undefined;

  constructor(config: HubClientConfig) {
    this.#config = config;
  }

  get publicUrl(): string {
    return this.#config.publicUrl;
  }

  /** Throws `HubRefused` with what the hub says, and what the connection says when there is none. */
  async call<N extends RouteName>(route: N, ask: Ask<N> = {}): Promise<RouteAnswer<N>> {
    const [method = "", pattern = ""] = route.split(" ");
    const params = (ask.params ?? {}) as Record<string, string>;
    const path = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
    const query = Object.entries((ask.query ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      String(value),
    ]);
    const search = query.length === 0 ? "" : `?${String(new URLSearchParams(query as [string, string][]))}`;
    const { status, text } = await this.send(method, path + search, ask.body);
    const json: unknown = text === "" ? null : JSON.parse(text);
    if (status < 400) return json as RouteAnswer<N>;
    const { error } = json as { error: { code: string; message: string } };
    throw new HubRefused(status, error.code, error.message);
  }

  /** The refusal that a call must end with; throws when it is answered. */
  async refusal<N extends RouteName>(route: N, ask: Ask<N> = {}): Promise<Refusal> {
    try {
      await this.call(route, ask);
    } catch (error) {
      if (error instanceof HubRefused) return error;
      throw error;
    }
    throw new Error(`${route} was answered, it should have been refused`);
  }

  async signIn(name: string, password: string): Promise<void> {
    const me = await this.call("POST /api/v1/login", { body: { name, password } });
    this.#csrfToken = me.csrfToken ?? undefined;
  }

  /** Makes the first administrator with the code of the one-time link, and is signed in as that. */
  async setUp(setupUrl: string, name: string, password: string): Promise<void> {
    const code = new URL(setupUrl).hash.slice(1);
    const me = await this.call("POST /api/v1/setup", { body: { code, name, password } });
    this.#csrfToken = me.csrfToken ?? undefined;
  }

  /** The session, for a browser that shall be signed in without a form. Throws when there is none. */
  get cookie(): { readonly name: string; readonly value: string } {
    const [name, value] = this.#cookie?.split("=") ?? [];
    if (name === undefined || value === undefined) throw new Error("nobody is signed in");
    return { name, value };
  }

  async servers(): Promise<readonly Server[]> {
    return (await this.call("GET /api/v1/servers")).items;
  }

  /** The only server of this name; throws when there is none. */
  async server(name: string): Promise<Server> {
    const servers = await this.servers();
    const found = servers.filter((server) => server.name === name);
    if (found.length === 1) return found[0]!;
    throw new Error(
      `${found.length} servers are called ${name}; there are ${servers.map((one) => one.name).join(", ")}`,
    );
  }

  /** Waits until a server is as wished, and gives it. */
  async serverWhen(name: string, wish: string, isSo: (server: Server) => boolean, timeoutMs = 20_000): Promise<Server> {
    let last: Server | undefined;
    return waitFor(
      async () => {
        last = await this.server(name);
        return isSo(last) ? last : undefined;
      },
      {
        timeoutMs,
        intervalMs: 150,
        describe: () =>
          `${name} ${wish}; it was ${JSON.stringify(last && { ...last, facts: last.facts === null ? null : "…" })}`,
      },
    );
  }

  /** Raw bytes of any path, for pages and their scripts. */
  send(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly text: string }> {
    const { publicUrl, through } = this.#config;
    const url = new URL(publicUrl);
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const headers: Record<string, string> = { host: url.host, origin: url.origin };
    if (this.#cookie !== undefined) headers["cookie"] = this.#cookie;
    if (this.#csrfToken !== undefined) headers["x-muster-csrf"] = this.#csrfToken;
    if (payload !== undefined) headers["content-type"] = "application/json";
    const options = {
      host: through?.host ?? url.hostname,
      port: through?.port ?? Number(url.port),
      method,
      path,
      headers,
      agent: false as const,
      timeout: 10_000,
    };
    return new Promise((resolve, reject) => {
      const sent =
        url.protocol === "https:" ? requestTls({ ...options, rejectUnauthorized: false }) : requestPlain(options);
      sent.on("error", reject);
      sent.on("timeout", () => sent.destroy(new Error(`${method} ${path} was not answered within 10 s`)));
      sent.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
        response.on("error", reject);
        response.on("end", () => {
          const cookie = response.headers["set-cookie"]?.[0]?.split(";")[0];
          if (cookie !== undefined) this.#cookie = cookie;
          resolve({ status: response.statusCode ?? 0, text });
        });
      });
      sent.end(payload);
    });
  }
}
