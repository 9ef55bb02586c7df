import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { settle, waitFor } from "@muster/testkit";
import { startTestHub } from "./harness.ts";
import type { Answer, Client, TestHub, TestHubOptions } from "./harness.ts";

/** What a webhook was sent. */
export interface Heard {
  readonly key: string;
  readonly kind: string;
  readonly severity: string;
  readonly title: string;
  readonly state: string;
  readonly incidentId: string;
  readonly wrongCount: number;
}

/** Somebody who is told: a real HTTP server that answers as the test says. */
export interface Listener extends AsyncDisposable {
  readonly url: string;
  readonly heard: Heard[];
  readonly requests: { readonly headers: IncomingMessage["headers"]; readonly body: string }[];
  answer: (response: ServerResponse, count: number) => void;
}

export async function listener(): Promise<Listener> {
  const world: Omit<Listener, "url" | typeof Symbol.asyncDispose> = {
    heard: [],
    requests: [],
    answer: (response) => void response.writeHead(204).end(),
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString("utf8")));
    request.on("end", () => {
      world.requests.push({ headers: request.headers, body });
      world.answer(response, world.requests.length);
      if (response.statusCode < 300 && body !== "") world.heard.push(JSON.parse(body) as Heard);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(world, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** A hub whose servers push what the test says, with a clock that the test turns. */
export interface AlertWorld extends AsyncDisposable {
  readonly hub: TestHub;
  readonly admin: Client;
  /** Takes a server in that pushes; every 10 s with `beat` it is online. `address`: as a trusted proxy says where it is. */
  server(name: string, tags?: readonly string[], address?: string): Promise<string>;
  beat(name: string, metrics: Readonly<Record<string, number>>): Promise<Answer>;
  /** Turns the clock by seconds; every 10 s each server beats with its last metrics, unless it is silent. */
  pass(seconds: number): Promise<void>;
  /** From now on it says this every 10 s; undefined: nothing. */
  says(name: string, metrics: Readonly<Record<string, number>> | undefined): void;
  notifier(to: Listener, more?: object): Promise<string>;
  /** Takes every rule away and adds this one. */
  onlyRule(rule: object): Promise<string>;
  incidents(query?: string): Promise<readonly { readonly id: string; readonly [name: string]: unknown }[]>;
  /** Turns the clock second by second, at most a minute, until something is so. */
  until(isSo: () => boolean | Promise<boolean>, describe: string): Promise<void>;
}

const BEAT_MS = 10_000;

export async function alertWorld(options: TestHubOptions = {}): Promise<AlertWorld> {
  const hub = await startTestHub({ hasRules: true, ...options });
  return worldOf(hub);
}

export function worldOf(hub: TestHub): AlertWorld {
  const admin = hub.sessionOf("admin");
  const servers = new Map<
    string,
    {
      id: string;
      token: string;
      address: string | undefined;
      metrics: Readonly<Record<string, number>> | undefined;
    }
  >();
  const bearing = (token: string, path: string, body: object, address?: string): Promise<Answer> =>
    hub.client().ask("POST", path, {
      body,
      headers: {
        ...{ origin: undefined, "sec-fetch-site": undefined, authorization: `Bearer ${token}` },
        ...(address !== undefined && { "x-forwarded-for": address }),
      },
    });
  const world: AlertWorld = {
    hub,
    admin,
    async server(name, tags = [], address) {
      const { json: token } = await admin.post("/api/v1/join-tokens", { name, uses: 1 });
      const made = await bearing(token.token as string, "/api/v1/servers/register", { name, intervalMs: BEAT_MS });
      if (made.status !== 201) throw new Error(`${name} cannot register: ${made.text}`);
      if (tags.length > 0) await admin.ask("PATCH", `/api/v1/servers/${made.json.id}`, { body: { tags } });
      servers.set(name, { id: made.json.id as string, token: made.json.token as string, address, metrics: undefined });
      return made.json.id as string;
    },
    beat(name, metrics) {
      const { id, token, address } = servers.get(name)!;
      return bearing(token, `/api/v1/servers/${id}/heartbeat`, { metrics }, address);
    },
    says(name, metrics) {
      servers.get(name)!.metrics = metrics;
    },
    async pass(seconds) {
      for (let second = 0; second < seconds; second++) {
        if (hub.clock.now() % BEAT_MS < 1_000)
          for (const [name, { metrics }] of servers) if (metrics !== undefined) await world.beat(name, metrics);
        await hub.clock.advance(1_000);
        // A turn of the rules writes before the next one begins.
        for (let turn = 0; turn < 5; turn++) await settle();
      }
    },
    async notifier(to, more = {}) {
      const body = { kind: "webhook", name: `hook-${to.url}`, settings: { url: to.url }, ...more };
      const made = await admin.post("/api/v1/notifiers", body);
      if (made.status !== 201) throw new Error(made.text);
      return made.json.id as string;
    },
    async onlyRule(rule) {
      for (const { id } of (await admin.get("/api/v1/rules")).json.items as { id: string }[])
        await admin.ask("DELETE", `/api/v1/rules/${id}`);
      const made = await admin.post("/api/v1/rules", { name: "under test", ...rule });
      if (made.status !== 201) throw new Error(made.text);
      return made.json.id as string;
    },
    incidents: async (query = "") => (await admin.get(`/api/v1/incidents${query}`)).json.items,
    until: async (isSo, describe) =>
      void (await waitFor(
        async () => {
          if (await isSo()) return true;
          await world.pass(1);
          return isSo();
        },
        { describe },
      )),
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
  return world;
}
