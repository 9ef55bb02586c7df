import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Right } from "@muster/core";
import type { LiveClientMessage, LiveServerMessage } from "@muster/protocol";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { workspace } from "../support/programs.ts";
import { StandInAlerts } from "./stand-in-alerts.ts";
import { StandInActions } from "./stand-in-actions.ts";
import type { AskedAction } from "./stand-in-actions.ts";
import { makeChannels, StandInLinks } from "./stand-in-links.ts";
import { logItem, newestLines } from "./stand-in-logs.ts";
import { metrics } from "./stand-in-metrics.ts";
import { ok } from "./stand-in-answer.ts";
import type { Answer } from "./stand-in-answer.ts";
import { makeActions, makeProcesses } from "./stand-in-past.ts";
import { StandInProbes } from "./stand-in-probes.ts";
import { idOf, makeServers, me, MINUTE } from "./stand-in-servers.ts";
import type { Server } from "./stand-in-servers.ts";
import { StandInTasks } from "./stand-in-tasks.ts";
import { DEFINITION, makeLedger, makeServices } from "./stand-in-services.ts";

/** The policy under which the real hub's pages run, so that what it would forbid fails here too. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

export interface StandInOptions {
  /** How many times the services of each server are there. */
  readonly copies?: number;
  /** How many times the probes are there; once by default. */
  readonly probeCopies?: number;
  /** How many times the open incidents are there; none by default. */
  readonly incidentCopies?: number;
  /** Whether there is no task yet. */
  readonly tasks?: "some" | "none";
  /** What the person may do; everything by default. */
  readonly rights?: readonly Right[];
  /** Lines that are there when a log is opened. */
  readonly lines?: number;
  /** How long an action is on its way. */
  readonly actionMs?: number;
  /** `all`: also servers without an agent, in every state that a link has. */
  readonly links?: "none" | "all";
}

/** A hub that only plays one, with states that are rare on a real one. Everything asked for is kept for the test to see. */
export interface StandInHub extends AsyncDisposable {
  readonly url: string;
  /** Bodies of the requests for actions and definitions. */
  readonly asked: readonly unknown[];
  readonly messages: readonly LiveClientMessage[];
  readonly probes: StandInProbes;
  readonly alerts: StandInAlerts;
  readonly tasks: StandInTasks;
  /** Cuts every live connection, as a lost line does. */
  cut(): void;
}

/** Starts it on loopback, with the pages as they were built. */
export async function startStandInHub(options: StandInOptions = {}): Promise<StandInHub> {
  const now = Date.now();
  const joined = makeServers(now);
  const links = new StandInLinks(joined[0]!, now, (server) => {
    for (const socket of sockets) {
      tell(socket, { t: "state", topic: "fleet", state: { whole: false, servers: [server], removed: [] } });
      tell(socket, { t: "state", topic: `server/${server.id}`, state: serverState(server) });
    }
  });
  const allServers = (): readonly Server[] => (options.links === "all" ? [...joined, ...links.servers] : joined);
  const serverState = (server: Server) => ({ at: Date.now(), series: [], values: [], server, focused: false });
  const made = makeServices(joined, now, options.copies);
  const services = options.links === "all" ? [...made, ...makeChannels(made[0]!, now)] : made;
  const asked: unknown[] = [];
  let definitions: readonly unknown[] = [DEFINITION];
  const messages: LiveClientMessage[] = [];
  const sockets = new Set<WebSocket>();
  const tell = (socket: WebSocket, message: LiveServerMessage): void => socket.send(JSON.stringify(message));
  const actions = new StandInActions(
    joined,
    services,
    makeActions(services, now),
    (all) => {
      for (const socket of sockets)
        tell(socket, { t: "state", topic: "actions", state: { whole: false, actions: all } });
    },
    options.actionMs,
  );

  const probes = new StandInProbes(joined[0]!, now, options.probeCopies ?? 1, (state) => {
    for (const socket of sockets) tell(socket, { t: "state", topic: "probes", state });
  });

  const alerts = new StandInAlerts(joined, services, now, options.incidentCopies ?? 0, (state) => {
    for (const socket of sockets) tell(socket, { t: "state", topic: "incidents", state });
  });

  const tasks = new StandInTasks(joined, services, now, options.tasks === "none", (state) => {
    for (const socket of sockets) tell(socket, { t: "state", topic: "tasks", state });
  });

  function answer(method: string, url: URL, body: unknown): Answer {
    const path = url.pathname.replace("/api/v1", "");
    const [, family, id, part] = path.split("/");
    if (path === "/me") return ok({ ...me(now), ...(options.rights && { rights: options.rights }) });
    if (method !== "GET") asked.push(body);
    const ofLinks = options.links === "all" ? links.answer(method, path, body) : undefined;
    if (ofLinks) return ofLinks;
    const ofProbes = probes.answer(method, path, url.searchParams, body);
    if (ofProbes) return ofProbes;
    const ofAlerts = alerts.answer(method, path, url.searchParams, body);
    if (ofAlerts) return ofAlerts;
    const ofTasks = tasks.answer(method, path, url.searchParams, body);
    if (ofTasks) return ofTasks;
    if (path === "/actions" && method === "POST") return ok(actions.ask(body as AskedAction), 202);
    if (path === "/actions")
      return ok({
        items: actions.filtered(url.searchParams).slice(0, Number(url.searchParams.get("limit") ?? 100)),
      });
    if (family === "actions" && id !== undefined) return ok(actions.one(id));
    if (path === "/servers") return ok({ items: allServers() });
    if (path === "/services") return ok({ items: services });
    if (path === "/port-conflicts")
      return ok({
        items: [
          {
            serverId: joined[0]!.id,
            server: "web-1",
            port: 8080,
            services: services.slice(1, 3).map((one) => ({ id: one.id, name: one.name, driver: one.driver })),
          },
        ],
      });
    if (path === "/metrics/query") return ok(metrics(url.searchParams, services[0]!.serverId));
    if (family === "services" && id !== undefined) {
      const service = services.find((one) => one.id === id);
      if (!service)
        return { status: 404, body: { error: { code: "NOT_FOUND", message: "no such service", requestId: "-" } } };
      const event = url.searchParams.get("event");
      if (part === "ledger")
        return ok({ items: makeLedger(service, now).filter((one) => event === null || one.event === event) });
      return ok(service);
    }
    if (family === "servers" && id !== undefined) {
      if (part === "parents") {
        const gateway = { is: "server", id: joined[1]!.id, name: joined[1]!.name };
        return ok({ parents: [gateway], way: null, heldBehind: gateway });
      }
      if (part === "series")
        return ok({ items: [{ metric: "custom_queue_length", labels: { driver: "process", service: "api" } }] });
      if (part === "definitions" && method === "GET")
        return ok({ items: definitions.map((definition) => ({ definition, from: "hub" })), problems: [] });
      if (part === "definitions") {
        const outcome = { cmd: idOf(3, 1), tookMs: 41, auditSeq: 312 };
        const definition = (body as { readonly definition?: unknown } | undefined)?.definition;
        // The policy that it plays lets no port but these be told to the program.
        if (JSON.stringify(definition)?.includes("9090"))
          return ok({ ...outcome, outcome: "refused", detail: "no entry of service.define names this program" });
        definitions = definition === undefined ? [] : [definition];
        return ok({ ...outcome, outcome: "succeeded", detail: definition === undefined ? "it is gone" : "it runs" });
      }
      return ok(allServers().find((one) => one.id === id));
    }
    return { status: 404, body: { error: { code: "NOT_FOUND", message: path, requestId: "-" } } };
  }

  async function serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://stand-in");
    reply.setHeader("content-security-policy", CONTENT_SECURITY_POLICY);
    if (url.pathname.startsWith("/api/")) {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const { status, body } = answer(request.method ?? "GET", url, text === "" ? undefined : JSON.parse(text));
      reply
        .writeHead(status, { "content-type": "application/json" })
        .end(status === 204 ? undefined : JSON.stringify(body));
      return;
    }
    const file = extname(url.pathname) === "" ? "/index.html" : url.pathname;
    const content = readFileSync(join(workspace, "packages/web/dist", file));
    reply.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(content);
  }

  function subscribe(socket: WebSocket, topic: string): void {
    const [kind, id] = topic.split("/");
    const state = (value: object): void => tell(socket, { t: "state", topic, state: value as never });
    if (kind === "services") state({ whole: true, services, removed: [] });
    else if (kind === "services-of")
      state({ whole: true, services: services.filter((one) => one.serverId === id), removed: [] });
    else if (kind === "probes") state(probes.whole);
    else if (kind === "incidents") state(alerts.whole);
    else if (kind === "tasks") state(tasks.whole);
    else if (kind === "actions") state({ whole: true, actions: actions.newest });
    else if (kind === "ledger")
      state({ entries: makeLedger(services.find((one) => one.id === id) ?? services[0]!, now) });
    else if (kind === "fleet") state({ whole: true, servers: allServers(), removed: [] });
    else if (kind === "processes")
      state({ at: Date.now(), total: makeProcesses(now).length, processes: makeProcesses(now) });
    else if (kind === "join-token") state({ usesLeft: 1, expiresAt: Date.now() + 15 * MINUTE, joined: [] });
    else if (kind === "server") {
      const server = allServers().find((one) => one.id === id);
      if (server) state(serverState(server));
    }
  }

  function openLogs(socket: WebSocket, message: Extract<LiveClientMessage, { t: "open-logs" }>): void {
    const count = message.sources[0] && "after" in message.sources[0] ? 3 : (options.lines ?? 400);
    const items = newestLines(count, message.sources.length, Date.now());
    for (let from = 0; from < items.length; from += 5_000)
      tell(socket, { t: "logs", id: message.id, items: items.slice(from, from + 5_000) });
    if (!message.follow) return tell(socket, { t: "logs-end", id: message.id, source: null, error: "" });
    let number = count;
    const timer = setInterval(() => {
      const source = number % message.sources.length;
      tell(socket, { t: "logs", id: message.id, items: [logItem(number++, source, Date.now())] });
    }, 400);
    socket.once("close", () => clearInterval(timer));
  }

  const server = createServer((request, reply) => {
    serve(request, reply).catch((error: unknown) => reply.writeHead(404).end(String(error)));
  });
  const live = new WebSocketServer({ server, path: "/api/v1/live" });
  live.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("message", (data) => {
      const message = JSON.parse((data as Buffer).toString()) as LiveClientMessage;
      messages.push(message);
      if (message.t === "hello") tell(socket, { t: "welcome", now: Date.now(), version: "0.1.0" });
      else if (message.t === "subscribe") subscribe(socket, message.topic);
      else if (message.t === "open-logs") openLogs(socket, message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    messages,
    probes,
    alerts,
    tasks,
    cut: () => sockets.forEach((socket) => socket.terminate()),
    async [Symbol.asyncDispose]() {
      actions.stop();
      for (const socket of sockets) socket.terminate();
      live.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
