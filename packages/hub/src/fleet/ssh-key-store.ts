import { MusterError } from "@muster/core";
import type { Clock } from "@muster/core";
import { isForeignKeyViolation, isUniqueViolation, uuidv7 } from "@muster/node-kit";
import type { SshKeyView } from "@muster/protocol";
import type { Database } from "../state/database.ts";
import { sealText, unsealText } from "../state/sealed-text.ts";
import type { SshKeyRow } from "../state/schema.ts";

/** A pair of keys as SSH programs write them. */
export interface SshKeyPair {
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** The line for `authorized_keys`. */
  readonly publicKey: string;
  /** `SHA256:…`. */
  readonly fingerprint: string;
  /** Text of OpenSSH or PEM without a passphrase. */
  readonly privateKey: string;
}

const place = (id: string): string => `ssh_key ${id} private`;

/** Keeps the hub's SSH keys. Private halves are sealed with the KEK and opened only while a connection is made. */
export class SshKeyStore {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #kek: Uint8Array;

  constructor(deps: { readonly db: Database; readonly clock: Clock; readonly kek: Uint8Array }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
    this.#kek = deps.kek;
  }

  /** Throws CONFLICT when the name is taken or the key is known already. */
  async add(name: string, pair: SshKeyPair, createdBy: string): Promise<SshKeyView> {
    const now = this.#clock.now();
    const id = uuidv7(now);
    try {
      await this.#db
        .insertInto("ssh_key")
        .values({
          id,
          name,
          type: pair.type,
          public_key: pair.publicKey,
          fingerprint: pair.fingerprint,
          private_sealed: sealText(this.#kek, pair.privateKey, place(id)),
          created_at: now,
          created_by: createdBy,
        })
        .execute();
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      const isKnown = await this.#db
        .selectFrom("ssh_key")
        .select("name")
        .where("fingerprint", "=", pair.fingerprint)
        .executeTakeFirst();
      throw new MusterError("CONFLICT", {
        fields: isKnown
          ? { "body.privateKey": `is known already as ${isKnown.name}` }
          : { "body.name": "is taken by another key" },
      });
    }
    return (await this.list()).find((key) => key.id === id)!;
  }

  async list(): Promise<readonly SshKeyView[]> {
    const rows = await this.#db.selectFrom("ssh_key").selectAll().orderBy("name").execute();
    const uses = await this.#db
      .selectFrom("server_link")
      .innerJoin("server", "server.id", "server_link.server_id")
      .select(["server_link.key_id", "server.id", "server.name"])
      .where("server_link.key_id", "is not", null)
      .execute();
    return rows.map((row) => ({
      ...view(row),
      usedBy: uses.filter(({ key_id }) => key_id === row.id).map(({ id, name }) => ({ serverId: id, name })),
    }));
  }

  /** The private half, for a connection that is made now. Throws NOT_FOUND, KEY_MISSING. */
  async privateKey(id: string): Promise<string> {
    const row = await this.#db.selectFrom("ssh_key").select("private_sealed").where("id", "=", id).executeTakeFirst();
    if (row === undefined) throw new MusterError("NOT_FOUND", { message: "There is no such SSH key." });
    return unsealText(this.#kek, row.private_sealed, place(id), "This SSH key");
  }

  /** Throws NOT_FOUND, CONFLICT while a server uses it. */
  async delete(id: string): Promise<void> {
    try {
      const { numDeletedRows } = await this.#db.deleteFrom("ssh_key").where("id", "=", id).executeTakeFirstOrThrow();
      if (numDeletedRows === 0n) throw new MusterError("NOT_FOUND");
    } catch (error) {
      if (!isForeignKeyViolation(error)) throw error;
      throw new MusterError("CONFLICT", { message: "Servers use this key; give them another one first." });
    }
  }
}

const view = (row: SshKeyRow): Omit<SshKeyView, "usedBy"> => ({
  id: row.id,
  name: row.name,
  type: row.type,
  publicKey: row.public_key,
  fingerprint: row.fingerprint,
  createdAt: row.created_at,
  createdBy: row.created_by,
});
