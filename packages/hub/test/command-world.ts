import type { ActionName, Actor, Right, Role } from "@muster/core";
import { silentLogger } from "@muster/core";
import { generateKeys, nextTurn, sign, uuidv7 } from "@muster/node-kit";
import { contextBytes } from "@muster/protocol";
import type { CommandCore, ResultBody } from "@muster/protocol";
import { FakeClock, temporaryDirectory } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { sql } from "kysely";
import { AuditLog } from "../src/access/audit-log.ts";
import type { AuditEntry } from "../src/access/audit-log.ts";
import { ActionOutbox } from "../src/commands/action-outbox.ts";
import { ActionStore } from "../src/commands/action-store.ts";
import { CommandBus } from "../src/commands/command-bus.ts";
import { MemoryServiceDirectory } from "./memory-service-directory.ts";
import { Fleet } from "../src/fleet/fleet.ts";
import { ServerStore } from "../src/fleet/server-store.ts";
import type { CommandEnds, Links } from "../src/links/links.ts";
import { openState } from "../src/state/database.ts";
import type { Database } from "../src/state/database.ts";

export interface Delivered {
  readonly serverId: string;
  readonly core: CommandCore;
  readonly text: string;
  readonly auditSeq: number;
}

/** Links that send nowhere: a test sees what was sent, says who is connected, and speaks for the servers. */
export class ScriptedLinks implements Links {
  readonly delivered: Delivered[] = [];
  readonly connectedIds = new Set<string>();
  onDeliver: (delivered: Delivered) => void = () => undefined;
  ends: CommandEnds | undefined;

  isConnected(serverId: string): boolean {
    return this.connectedIds.has(serverId);
  }
  commandProblem(serverId: string): "SERVER_OFFLINE" | undefined {
    return this.connectedIds.has(serverId) ? undefined : "SERVER_OFFLINE";
  }
  call(): Promise<never> {
    return Promise.reject(new Error("nobody is called here"));
  }
  stream(): never {
    throw new Error("nothing is streamed here");
  }
  deliver(serverId: string, text: string, audit: { readonly seq: number }): Promise<void> {
    const delivered = { serverId, text, core: JSON.parse(text) as CommandCore, auditSeq: audit.seq };
    this.delivered.push(delivered);
    this.onDeliver(delivered);
    return Promise.resolve();
  }
  serve(ends: CommandEnds): void {
    this.ends = ends;
  }
  disconnect(): void {
    // Nobody hears it.
  }

  connect(serverId: string): void {
    this.connectedIds.add(serverId);
    this.ends?.connected(serverId);
  }
  result(serverId: string, cmd: string, change: Partial<ResultBody> = {}): Promise<void> {
    const body = { cmd, outcome: "succeeded", detail: "done", startedAt: 1, endedAt: 2, ...change } as const;
    return this.ends!.result(serverId, body);
  }
}

/** What a test puts between the parts of a hub. */
export type Between = <T extends object>(part: T) => T;

/** The part of a hub through which commands go, on a real database, with scripted links. */
export class CommandWorld implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly links = new ScriptedLinks();
  readonly directory: TemporaryDirectory;
  readonly db: Database;
  readonly serverIds: Record<string, string> = {};
  readonly userIds: Record<string, string> = {};
  readonly services: MemoryServiceDirectory;
  readonly keys = generateKeys();
  readonly kek = new Uint8Array(32).fill(7);
  fleet!: Fleet;
  audit!: AuditLog;
  store!: ActionStore;
  outbox!: ActionOutbox;
  bus!: CommandBus;

  private constructor(directory: TemporaryDirectory, db: Database) {
    this.directory = directory;
    this.db = db;
    this.services = new MemoryServiceDirectory((id) => this.fleet.get(id)?.known.tags ?? []);
  }

  /** @param durable where it lies when every commit is to reach the disk, as a hub has it */
  static async open(
    servers: readonly string[] = ["alpha", "beta"],
    durable?: TemporaryDirectory,
  ): Promise<CommandWorld> {
    const directory = durable ?? (await temporaryDirectory("commands"));
    const db = await openState(directory.file("state.db"));
    const world = new CommandWorld(directory, db);
    // What a power cut loses is shown elsewhere.
    if (durable === undefined) await sql`PRAGMA synchronous=OFF`.execute(db);
    for (const role of ["viewer", "operator", "admin"] as const) await world.addUser(role, role);
    for (const name of servers) await world.#addServer(name);
    await world.start();
    return world;
  }

  async addUser(name: string, role: Role): Promise<void> {
    const id = uuidv7(this.clock.now());
    this.userIds[name] = id;
    const row = { id, name, role, enabled: 1, password_hash: "", created_at: 0, last_login_at: null };
    await this.db.insertInto("user").values(row).execute();
  }

  async #addServer(name: string): Promise<void> {
    const id = uuidv7(this.clock.now());
    this.serverIds[name] = id;
    await this.db
      .insertInto("server")
      .values({
        ...{ id, name, link: "agent", state: "active", tags: JSON.stringify([`tag-${name}`, "all"]), notes: "" },
        ...{ interval_ms: 5_000, created_at: 0, last_heard_at: null, dropped_samples: 0, facts: null },
      })
      .execute();
    await this.db
      .insertInto("agent")
      .values({
        ...{ id: uuidv7(this.clock.now()), server_id: id, public_key: Buffer.from(name), old_public_key: null },
        ...{ old_key_until: null, agent_version: null, policy_hash: null, policy_summary: null },
        ...{ last_seq: 0, command_seq: 0, created_at: 0 },
      })
      .execute();
  }

  /** As after the hub's start: everything that was only in memory is gone. */
  async start(between: Between = (part) => part): Promise<void> {
    const { db, clock, links } = this;
    this.links.ends = undefined;
    const audit = await AuditLog.open({
      ...{ db, clock, epoch: 1, checkpointFile: this.directory.file("checkpoints"), hubPub: this.keys.publicDer },
      sign: (context, fields) => sign(this.keys.privateKey, contextBytes(context, fields)),
    });
    this.audit = between(audit);
    this.fleet = await Fleet.open({ store: new ServerStore({ db, clock }), clock });
    this.store = between(new ActionStore({ db, clock, kek: this.kek }));
    const deps = { db, clock, fleet: this.fleet, audit: this.audit, store: this.store, links: between(links) };
    this.outbox = await ActionOutbox.open({ ...deps, log: silentLogger });
    this.bus = new CommandBus({ ...deps, outbox: this.outbox, directory: this.services });
  }

  /** Long enough for what was begun to come to a rest. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < 25; turn++) await nextTurn();
  }

  addService(server: string, driver: "systemd" | "container" | "process", name: string, kind = ""): string {
    const id = uuidv7(this.clock.now());
    this.services.add({ id, serverId: this.serverIds[server]!, driver, name, kind });
    return id;
  }

  session(name: string, provedAgoMs = 0): Actor {
    const user = { id: this.userIds[name]!, name, role: name as Role };
    return { kind: "session", sessionId: "s", user, provedAt: this.clock.now() - provedAgoMs };
  }

  async token(name: string, scopes: readonly Right[]): Promise<Actor & { readonly kind: "token" }> {
    const tokenId = uuidv7(this.clock.now());
    await this.db
      .insertInto("api_token")
      .values({
        ...{
          id: tokenId,
          user_id: this.userIds[name]!,
          name: "a token",
          secret_hash: "",
          scopes: JSON.stringify(scopes),
        },
        ...{ created_at: 0, expires_at: null, last_used_at: null },
      })
      .execute();
    return {
      kind: "token",
      tokenId,
      tokenName: "a token",
      user: { id: this.userIds[name]!, name, role: name as Role },
      scopes,
    };
  }

  ask(
    actor: Actor,
    action: ActionName,
    targets: Parameters<CommandBus["ask"]>[2]["targets"],
    more: Partial<Parameters<CommandBus["ask"]>[2]> = {},
  ): ReturnType<CommandBus["ask"]> {
    return this.bus.ask(actor, "http", { action, args: {}, targets, reason: "", idempotencyKey: undefined, ...more });
  }

  async rows(afterSeq = 0): Promise<(AuditEntry & { readonly seq: number })[]> {
    const rows = await this.db.selectFrom("audit").select("row").where("seq", ">", afterSeq).orderBy("seq").execute();
    return rows.map(({ row }) => JSON.parse(row) as AuditEntry & { readonly seq: number });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.rest();
    await this.outbox.stop();
    await this.db.destroy();
    await this.directory[Symbol.asyncDispose]();
  }
}
