import { MusterError } from "@muster/core";
import { equalBytes, isForeignKeyViolation, randomToken, sha256Hex } from "@muster/node-kit";
import type { LinkSettings, LinkView } from "@muster/protocol";
import type { Database } from "../state/database.ts";
import { sealText, unsealText } from "../state/sealed-text.ts";
import type { ServerLinkRow } from "../state/schema.ts";

/** A host key as SSH names it: type, and SHA-256 of the key as `SHA256:…`. */
export interface HostKey {
  readonly type: string;
  readonly fingerprint: string;
}

/** How a server is reached, without its secret. */
export interface KnownLink {
  readonly serverId: string;
  readonly settings: LinkSettings;
  readonly hasSecret: boolean;
  readonly hostKey: HostKey | null;
  /** What it showed that is not approved. */
  readonly shownHostKey: HostKey | null;
  /** For which list of channels its names were given: the first that was seen after the settings were saved. */
  readonly listFingerprint: string | null;
}

/** `shown`: it showed a host key that is not approved, which changes nothing of how it is reached. */
export type LinkEvent = { readonly is: "changed" | "shown" | "removed"; readonly serverId: string };

const place = (serverId: string): string => `server_link ${serverId} secret`;
/** `mhb1.<secret>`: the server's id is in the path of each heartbeat. */
const PUSH_TOKEN = /^mhb1\.([A-Za-z0-9_-]{43})$/;

/** Keeps how the hub comes to servers: those without an agent, and agents that it dials. Secrets are sealed with the KEK and given out to links only. */
export class LinkStore {
  readonly #db: Database;
  readonly #kek: Uint8Array;
  readonly #links = new Map<string, KnownLink & { readonly tokenHash: string | null }>();
  readonly #listeners = new Set<(event: LinkEvent) => void>();

  private constructor(deps: { readonly db: Database; readonly kek: Uint8Array }) {
    this.#db = deps.db;
    this.#kek = deps.kek;
  }

  static async open(deps: { readonly db: Database; readonly kek: Uint8Array }): Promise<LinkStore> {
    const store = new LinkStore(deps);
    for (const row of await deps.db.selectFrom("server_link").selectAll().execute())
      store.#links.set(row.server_id, toLink(row));
    return store;
  }

  /** Told after every change that is durable. */
  listen(listener: (event: LinkEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get(serverId: string): KnownLink | undefined {
    return this.#links.get(serverId);
  }

  all(): readonly KnownLink[] {
    return [...this.#links.values()];
  }

  /** Throws NOT_FOUND. */
  view(serverId: string): LinkView {
    const { settings, hasSecret, hostKey, shownHostKey } = this.#get(serverId);
    return { settings, hasSecret, hostKey, shownHostKey };
  }

  /** Part of the transaction that makes the server; `took` says when that is durable. Answers the token of one that pushes. */
  async insert(
    transaction: Database,
    serverId: string,
    settings: LinkSettings,
    secret: string | undefined,
  ): Promise<string | null> {
    const token = settings.kind === "push" ? makeToken() : null;
    const row: ServerLinkRow = {
      server_id: serverId,
      settings: JSON.stringify(settings),
      secret_sealed: secret === undefined ? null : this.#seal(serverId, secret),
      token_hash: token === null ? null : sha256Hex(token),
      host_key: null,
      shown_host_key: null,
      key_id: keyIdOf(settings),
      list_fingerprint: null,
    };
    await transaction.insertInto("server_link").values(row).execute();
    return token;
  }

  /** For a server that came by itself so far. */
  async add(serverId: string, settings: LinkSettings): Promise<void> {
    await this.insert(this.#db, serverId, settings, undefined);
    await this.took(serverId);
  }

  async took(serverId: string, is: "changed" | "shown" = "changed"): Promise<void> {
    const row = await this.#db
      .selectFrom("server_link")
      .selectAll()
      .where("server_id", "=", serverId)
      .executeTakeFirst();
    if (row === undefined) return;
    this.#links.set(serverId, toLink(row));
    this.#tell({ is, serverId });
  }

  /**
   * Changes how a server is reached. A secret that is not given stays; where the address changes it is forgotten, as is the
   * host key, or they would go to whoever is there now. Throws NOT_FOUND, CONFLICT for another kind of link.
   */
  async change(serverId: string, settings: LinkSettings, secret: string | null | undefined): Promise<void> {
    const before = this.#get(serverId);
    if (before.settings.kind !== settings.kind)
      throw new MusterError("CONFLICT", { fields: { "body.link.kind": `is ${before.settings.kind} and stays so` } });
    const isElsewhere = addressOf(before.settings) !== addressOf(settings);
    await this.#update(serverId, {
      settings: JSON.stringify(settings),
      key_id: keyIdOf(settings),
      // Whoever saves the settings has looked at the list as it is now.
      list_fingerprint: null,
      ...(secret === null || (secret === undefined && isElsewhere) ? { secret_sealed: null } : {}),
      ...(typeof secret === "string" ? { secret_sealed: this.#seal(serverId, secret) } : {}),
      ...(isElsewhere ? { host_key: null, shown_host_key: null } : {}),
    });
  }

  /**
   * Gives a server by SSH another key of the hub and leaves all else. Throws CONFLICT, and changes nothing, unless its settings
   * are still `tried`: what was proven was proven with those.
   */
  async exchangeKey(serverId: string, tried: LinkSettings, keyId: string): Promise<void> {
    this.#get(serverId);
    const { numUpdatedRows } = await this.#db
      .updateTable("server_link")
      .set({ settings: JSON.stringify({ ...tried, keyId }), key_id: keyId })
      .where("server_id", "=", serverId)
      .where("settings", "=", JSON.stringify(tried))
      .executeTakeFirstOrThrow()
      .catch(refuseUnknownKey);
    if (numUpdatedRows === 0n)
      throw new MusterError("CONFLICT", { message: "How this server is reached was changed meanwhile. Ask again." });
    await this.took(serverId);
  }

  /** Notes a list of channels where none is kept. Nobody is told: it changes nothing of how the server is reached. */
  async noteList(serverId: string, listFingerprint: string): Promise<void> {
    const known = this.#links.get(serverId);
    if (known === undefined || known.listFingerprint !== null) return;
    await this.#db
      .updateTable("server_link")
      .set({ list_fingerprint: listFingerprint })
      .where("server_id", "=", serverId)
      .execute();
    // Saved anew meanwhile: what is kept then was read from the table, and the next look notes its list.
    if (this.#links.get(serverId) === known) this.#links.set(serverId, { ...known, listFingerprint });
  }

  /** Notes a host key that is not the approved one. Written down only when it is another than before. */
  async noteShownHostKey(serverId: string, shown: HostKey | null): Promise<void> {
    const known = this.#links.get(serverId);
    if (known === undefined || JSON.stringify(known.shownHostKey) === JSON.stringify(shown)) return;
    await this.#update(serverId, { shown_host_key: shown && JSON.stringify(shown) }, "shown");
  }

  /** Pins the key that the server showed. Throws NOT_FOUND, CONFLICT when it showed another one. */
  async approveHostKey(serverId: string, fingerprint: string): Promise<void> {
    const { shownHostKey, hostKey } = this.#get(serverId);
    if (hostKey?.fingerprint === fingerprint) return;
    if (shownHostKey?.fingerprint !== fingerprint)
      throw new MusterError("CONFLICT", {
        fields: { "body.fingerprint": "is not the key that the server showed; test the connection again" },
      });
    await this.#update(serverId, { host_key: JSON.stringify(shownHostKey), shown_host_key: null });
  }

  /** The secret for the other side; undefined when none is set. Throws KEY_MISSING when it cannot be opened. */
  async secret(serverId: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom("server_link")
      .select("secret_sealed")
      .where("server_id", "=", serverId)
      .executeTakeFirst();
    if (row === undefined || row.secret_sealed === null) return undefined;
    return unsealText(this.#kek, row.secret_sealed, place(serverId), "The secret of this server");
  }

  /** Whether a heartbeat's token is this server's. */
  isToken(serverId: string, presented: string): boolean {
    const hash = this.#links.get(serverId)?.tokenHash;
    if (hash === undefined || hash === null || !PUSH_TOKEN.test(presented)) return false;
    return equalBytes(Buffer.from(sha256Hex(presented)), Buffer.from(hash));
  }

  /** A new token for heartbeats; the old one ends. Throws NOT_FOUND, CONFLICT where none belongs. */
  async renewToken(serverId: string): Promise<string> {
    if (this.#get(serverId).settings.kind !== "push")
      throw new MusterError("CONFLICT", { message: "Only servers that push have a token for it." });
    const token = makeToken();
    await this.#update(serverId, { token_hash: sha256Hex(token) });
    return token;
  }

  /** The server is gone, and its row with it. */
  forget(serverId: string): void {
    if (this.#links.delete(serverId)) this.#tell({ is: "removed", serverId });
  }

  async #update(
    serverId: string,
    change: Partial<Omit<ServerLinkRow, "server_id">>,
    is: "changed" | "shown" = "changed",
  ): Promise<void> {
    await this.#db
      .updateTable("server_link")
      .set(change)
      .where("server_id", "=", serverId)
      .execute()
      .catch(refuseUnknownKey);
    await this.took(serverId, is);
  }

  #get(serverId: string): KnownLink {
    const link = this.#links.get(serverId);
    if (link === undefined) throw new MusterError("NOT_FOUND");
    return link;
  }

  #seal(serverId: string, secret: string): Uint8Array {
    return sealText(this.#kek, secret, place(serverId));
  }

  #tell(event: LinkEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function refuseUnknownKey(error: unknown): never {
  if (isForeignKeyViolation(error)) throw new MusterError("NOT_FOUND", { message: "There is no such SSH key." });
  throw error;
}

const makeToken = (): string => `mhb1.${randomToken(32)}`;

function toLink(row: ServerLinkRow): KnownLink & { readonly tokenHash: string | null } {
  const hostKeyOf = (text: string | null): HostKey | null => (text === null ? null : (JSON.parse(text) as HostKey));
  return {
    serverId: row.server_id,
    settings: JSON.parse(row.settings) as LinkSettings,
    hasSecret: row.secret_sealed !== null,
    hostKey: hostKeyOf(row.host_key),
    shownHostKey: hostKeyOf(row.shown_host_key),
    listFingerprint: row.list_fingerprint,
    tokenHash: row.token_hash,
  };
}

const keyIdOf = (settings: LinkSettings): string | null =>
  settings.kind === "ssh" && settings.authentication === "key" ? (settings.keyId ?? null) : null;

/** To whom a secret would be sent. */
function addressOf(settings: LinkSettings): string {
  if (settings.kind === "ssh")
    return JSON.stringify([settings.host, settings.port ?? 22, settings.user, settings.via ?? null]);
  if (settings.kind === "agent") return settings.dial;
  return settings.kind === "pull" ? new URL(settings.url).origin : "";
}
