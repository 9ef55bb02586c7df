import type { Clock } from "@muster/core";
import { systemClock } from "@muster/node-kit";
import type { AuditRow, QueryAnswer, Server } from "@muster/protocol";
import { joinAs, temporaryDirectory } from "@muster/testkit";
import type { ScriptedIdentity } from "@muster/testkit";
import { loadHubConfig, startHub } from "../src/start-hub.ts";
import type { RunningHub } from "../src/start-hub.ts";

export interface TestHubOptions {
  readonly clock?: Clock;
  readonly metricStore?: "engine" | "memory";
  readonly argv?: readonly string[];
  /** Where its data lies; a directory of its own unless told, and removed at the end. */
  readonly dataDir?: string;
}

/** The answer of one request. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

/** A real hub on a loopback port in this process, with an administrator signed in. */
export class TestHub implements AsyncDisposable {
  readonly #options: TestHubOptions;
  readonly #argv: readonly string[];
  readonly #dispose: () => Promise<void>;
  readonly logLines: string[] = [];
  #hub: RunningHub | undefined;
  #cookie = "";
  #csrf = "";

  private constructor(options: TestHubOptions, argv: readonly string[], dispose: () => Promise<void>) {
    this.#options = options;
    this.#argv = argv;
    this.#dispose = dispose;
  }

  static async start(options: TestHubOptions = {}): Promise<TestHub> {
    const directory = await temporaryDirectory("agent-hub");
    const argv = [
      ...["--data-dir", options.dataDir ?? directory.file("data"), "--kek-file", directory.file("kek")],
      ...["--listen", "127.0.0.1:0", "--log-level", "debug", ...(options.argv ?? [])],
    ];
    const hub = new TestHub(options, argv, async () => directory[Symbol.asyncDispose]());
    await hub.start();
    await hub.#signUp();
    return hub;
  }

  get address(): string {
    return this.#hub!.address;
  }

  async start(): Promise<void> {
    const { clock = systemClock, metricStore } = this.#options;
    this.#hub = await startHub(loadHubConfig(this.#argv, {}), {
      clock,
      writeLog: (line) => void this.logLines.push(line),
      ...(metricStore === undefined ? {} : { metricStore }),
    });
  }

  async stop(): Promise<void> {
    await this.#hub?.stop();
    this.#hub = undefined;
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async #signUp(): Promise<void> {
    const code = this.#hub!.setupUrl!.split("#")[1];
    const response = await fetch(`${this.address}/api/v1/setup`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ code, name: "admin", password: "correct horse battery" }),
    });
    if (response.status !== 201) throw new Error(`sign-up: ${response.status} ${await response.text()}`);
    this.#cookie = response.headers.get("set-cookie")!.split(";")[0]!;
    this.#csrf = ((await response.json()) as { csrfToken: string }).csrfToken;
  }

  /** One request as the administrator. */
  async ask<T>(method: string, path: string, body?: object): Promise<Answer<T>> {
    const response = await fetch(`${this.address}/api/v1/${path}`, {
      method,
      headers: {
        cookie: this.#cookie,
        origin: this.address,
        "x-muster-csrf": this.#csrf,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as T };
  }

  /** One GET as the administrator, whose answer may be anything. */
  fetch(path: string): Promise<Response> {
    return fetch(`${this.address}${path}`, { headers: { cookie: this.#cookie } });
  }

  /** Headers and token of the administrator's session, for a live socket. */
  get session(): { readonly cookie: string; readonly csrf: string } {
    return { cookie: this.#cookie, csrf: this.#csrf };
  }

  async server(id: string): Promise<Server> {
    return (await this.ask<Server>("GET", `servers/${id}`)).body;
  }

  async servers(): Promise<readonly Server[]> {
    return (await this.ask<{ items: Server[] }>("GET", "servers")).body.items;
  }

  async auditRows(action: string): Promise<readonly AuditRow[]> {
    return (await this.ask<{ items: AuditRow[] }>("GET", `audit?action=${action}&limit=500`)).body.items;
  }

  /** All values of one metric without labels: count and sum over a span. */
  async tally(serverId: string, metric: string, from: number, to: number): Promise<{ count: number; sum: number }> {
    const of = async (what: "count" | "sum"): Promise<number> => {
      const step = Math.min(Math.max(1_000, to - from), 31_536_000_000);
      const query = `server=${serverId}&metric=${metric}&from=${from}&to=${to}&step=${step}&function=${what}`;
      const { status, body } = await this.ask<QueryAnswer>("GET", `metrics/query?${query}`);
      if (status !== 200) throw new Error(`query: ${status} ${JSON.stringify(body)}`);
      return body.series.flatMap(({ values }) => values).reduce<number>((sum, value) => sum + (value ?? 0), 0);
    };
    return { count: await of("count"), sum: await of("sum") };
  }

  token(wanted: {
    readonly name: string | null;
    readonly uses?: number;
    readonly lifetimeMinutes?: number;
  }): Promise<string> {
    return this.#hub!.createJoinToken(wanted);
  }

  /** A server that has joined under this name and is active. */
  async join(name: string): Promise<ScriptedIdentity> {
    return joinAs(this.address, await this.token({ name }), name);
  }

  /** Log lines that contain this text. */
  logged(text: string): readonly string[] {
    return this.logLines.filter((line) => line.includes(text));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#dispose();
  }
}
