import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "@muster/core";
import { answerJson, StandInServer } from "../pull/stand-in-server.ts";

export interface PanelStandInOptions {
  /** Counts lives of tokens and how long nodes connect. */
  readonly clock: Clock;
  readonly user?: string;
  readonly password?: string;
  /** Made by a person, beside what a sign-in gives. */
  readonly apiToken?: string;
  /** A sign-in's token lives so long; a day unless told. */
  readonly tokenMs?: number;
  /** May see and do everything; otherwise nodes are denied. */
  readonly isSudo?: boolean;
}

export interface StandInNode {
  id: number;
  name: string;
  address: string;
  state: "connected" | "connecting" | "error" | "disabled";
  message: string | null;
  upload: number;
  download: number;
  online: number;
  /** What becomes of it when it connects anew, and after how long. */
  next: "connected" | "error" | "stays";
  connectMs: number;
  /** Monotonic: when its core was started. */
  startedMs: number;
  settlesAtMs: number | undefined;
}

export interface StandInUser {
  readonly username: string;
  status: "active" | "on_hold" | "disabled" | "expired" | "limited";
  /** By the stand-in's clock. */
  onlineAt: number | null;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string;
}

/** What the panels of the family have in common: sign-ins, tokens that end, nodes that come and go, many users. */
export abstract class PanelStandIn extends StandInServer {
  readonly nodes: StandInNode[] = [];
  users: StandInUser[] = [];
  /** Passwords that were tried in vain, as these panels post them into a chat. */
  readonly postedPasswords: string[] = [];
  logins = 0;
  upload = 1_000_000;
  download = 9_000_000;
  /** Every answer comes this late by its clock. */
  slowMs = 0;
  /** Denied by path, whatever the account. */
  readonly denied = new Set<string>();
  protected readonly options: Required<Omit<PanelStandInOptions, "apiToken">> & Pick<PanelStandInOptions, "apiToken">;
  /** Until when each token is good. */
  readonly #tokens = new Map<string, number>();

  constructor(options: PanelStandInOptions) {
    super((request, response) => void this.#take(request, response));
    this.options = { user: "admin", password: "right password", tokenMs: 86_400_000, isSudo: true, ...options };
  }

  /** Answers, or false where there is no such path. */
  protected abstract answer(asked: Asked): boolean;
  protected abstract readonly loginPath: string;
  protected abstract credentials(body: string): { readonly user: string; readonly password: string };
  protected abstract loginAnswer(token: string): unknown;
  /** The token of a request; undefined where there is none. */
  protected tokenOf(request: IncomingMessage): string | undefined {
    return /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  }
  /** Nothing of a request comes through when false: its socket is cut. */
  protected letsIn(_request: IncomingMessage): boolean {
    return true;
  }

  addNode(name: string, more: Partial<StandInNode> = {}): StandInNode {
    const id = this.nodes.length + 1;
    const node: StandInNode = {
      ...{ id, name, address: `10.0.0.${id}`, state: "connected", message: null, upload: 1_000, download: 2_000 },
      ...{ online: 3, next: "connected", connectMs: 2_000, startedMs: this.#nowMs - 3_600_000, settlesAtMs: undefined },
      ...more,
    };
    this.nodes.push(node);
    return node;
  }

  /** So many users of which every tenth was seen `onlineMs` ago, and the rest two hours ago. */
  fill(count: number, onlineMs = 10_000): void {
    const now = this.options.clock.now();
    const states = [
      "active",
      "active",
      "active",
      "active",
      "active",
      "active",
      "active",
      "disabled",
      "expired",
    ] as const;
    this.users = Array.from({ length: count }, (_, index) => ({
      username: `user${index}`,
      status: index % 10 === 0 ? "active" : (states[index % 9] ?? "active"),
      onlineAt: now - (index % 10 === 0 ? onlineMs : 7_200_000),
    }));
  }

  /** Takes every token from everybody, as a restart with a new key does. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  /** A node leaves and, after its time, is what it becomes. */
  protected connectAnew(node: StandInNode): void {
    if (node.next === "stays") return;
    node.state = "connecting";
    node.settlesAtMs = this.#nowMs + node.connectMs;
  }

  protected nodeOf(id: string | undefined): StandInNode | undefined {
    return this.nodes.find((node) => String(node.id) === id);
  }

  protected uptimeOf(node: StandInNode): number {
    return (this.#nowMs - node.startedMs) / 1_000;
  }

  protected count(status: StandInUser["status"]): number {
    return this.users.filter((user) => user.status === status).length;
  }

  protected onlineSince(ms: number): number {
    const since = this.options.clock.now() - ms;
    return this.users.filter(({ onlineAt }) => onlineAt !== null && onlineAt >= since).length;
  }

  get #nowMs(): number {
    return this.options.clock.monotonic();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.letsIn(request)) return void request.socket.destroy();
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { slowMs } = this;
    if (slowMs > 0) await new Promise<void>((resolve) => void this.options.clock.after(slowMs, resolve));
    for (const node of this.nodes) this.#settle(node);
    response.setHeader("date", new Date(this.options.clock.now()).toUTCString());
    const url = new URL(request.url ?? "/", "http://stand.in");
    const method = request.method ?? "GET";
    if (method === "POST" && url.pathname === this.loginPath) return this.#signIn(body, response);
    const token = this.tokenOf(request);
    if (token === undefined || !this.#isGood(token))
      return answerJson(response, { detail: "Could not validate credentials" }, 401);
    if (this.denied.has(url.pathname)) return answerJson(response, { detail: "You're not allowed" }, 403);
    const asked: Asked = { method, path: url.pathname, query: url.searchParams, request, response, body };
    if (!this.answer(asked)) answerJson(response, { detail: "Not Found" }, 404);
  }

  #settle(node: StandInNode): void {
    if (node.settlesAtMs === undefined || this.#nowMs < node.settlesAtMs) return;
    node.state = node.next === "error" ? "error" : "connected";
    node.message = node.next === "error" ? "connection refused, password=hunter2-key" : null;
    node.startedMs = node.settlesAtMs;
    node.settlesAtMs = undefined;
  }

  #signIn(body: string, response: ServerResponse): void {
    const { user, password } = this.credentials(body);
    if (user !== this.options.user || password !== this.options.password) {
      this.postedPasswords.push(password);
      return answerJson(response, { detail: "Incorrect username or password" }, 401);
    }
    this.logins++;
    const token = `token-${this.logins}`;
    this.#tokens.set(token, this.#nowMs + this.options.tokenMs);
    answerJson(response, this.loginAnswer(token));
  }

  #isGood(token: string): boolean {
    return token === this.options.apiToken || (this.#tokens.get(token) ?? -Infinity) > this.#nowMs;
  }
}

/** A sign-in as a form, and its answer, as Marzban and those after it have them. */
export abstract class FormPanelStandIn extends PanelStandIn {
  protected credentials(body: string): { readonly user: string; readonly password: string } {
    const form = new URLSearchParams(body);
    return { user: form.get("username") ?? "", password: form.get("password") ?? "" };
  }
  protected loginAnswer(token: string): unknown {
    return { access_token: token, token_type: "bearer" };
  }
}
