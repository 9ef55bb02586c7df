import { MusterError, notifierEntry, withDefaults } from "@muster/core";
import type { Clock, Hours, Instant, NotifierKindName, ProbeSettings, Severity } from "@muster/core";
import { uuidv7 } from "@muster/node-kit";
import type { Database } from "../state/database.ts";
import { namedWrite } from "../state/named-write.ts";
import { sealText, unsealText } from "../state/sealed-text.ts";
import type { NotifierRow } from "../state/schema.ts";

/** A notifier as somebody set it up. */
export interface NotifierDefinition {
  readonly name: string;
  readonly kind: NotifierKindName;
  readonly settings: ProbeSettings;
  readonly isEnabled: boolean;
  readonly isDefault: boolean;
  readonly severityLeast: Severity;
  readonly delayMs: number;
  readonly repeatMs: number;
  readonly hours: Hours | null;
  readonly fallbackId: string | null;
}

/** How the last attempt went. `stopped`: it was refused for good so often that it is not tried any more (AL36). */
export interface NotifierState {
  readonly is: "untried" | "working" | "failing" | "stopped";
  readonly since: Instant;
  readonly detail: string;
}

export interface KnownNotifier extends NotifierDefinition {
  readonly id: string;
  readonly hasSecret: boolean;
  readonly state: NotifierState;
  /** How often in a row it was refused for a reason that lasts. */
  readonly refusals: number;
  readonly createdAt: Instant;
}

const place = (id: string): string => `notifier ${id} secret`;

/** Keeps notifiers. Secrets are sealed with the KEK and opened for a message that leaves now. */
export class NotifierStore {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #kek: Uint8Array;

  constructor(deps: { readonly db: Database; readonly clock: Clock; readonly kek: Uint8Array }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
    this.#kek = deps.kek;
  }

  async all(): Promise<readonly KnownNotifier[]> {
    return (await this.#db.selectFrom("notifier").selectAll().orderBy("id").execute()).map(toNotifier);
  }

  /** Throws CONFLICT when the name is taken, NOT_FOUND for a fallback that is not there. */
  async add(definition: NotifierDefinition, secret: string | undefined): Promise<KnownNotifier> {
    const now = this.#clock.now();
    const id = uuidv7(now);
    const row: NotifierRow = {
      ...{ id, kind: definition.kind, created_at: now, ...columnsOf(definition) },
      secret_sealed: secret === undefined ? null : sealText(this.#kek, secret, place(id)),
      ...{ state: "untried", state_since: now, state_detail: "", refusals: 0 },
    };
    await naming(() => this.#db.insertInto("notifier").values(row).execute());
    return toNotifier(row);
  }

  /** `secret`: undefined keeps what is there, null forgets it. What had stopped is tried again. Throws as `add`, and NOT_FOUND. */
  async change(id: string, definition: NotifierDefinition, secret: string | null | undefined): Promise<KnownNotifier> {
    await naming(() =>
      this.#db
        .updateTable("notifier")
        .set({
          ...columnsOf(definition),
          ...{ state: "untried", state_since: this.#clock.now(), state_detail: "", refusals: 0 },
          ...(secret !== undefined && {
            secret_sealed: secret === null ? null : sealText(this.#kek, secret, place(id)),
          }),
        })
        .where("id", "=", id)
        .execute(),
    );
    const row = await this.#db.selectFrom("notifier").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) throw new MusterError("NOT_FOUND");
    return toNotifier(row);
  }

  async delete(id: string): Promise<void> {
    await this.#db.deleteFrom("notifier").where("id", "=", id).execute();
  }

  async keepState(id: string, { is, since, detail }: NotifierState, refusals: number): Promise<void> {
    await this.#db
      .updateTable("notifier")
      .set({ state: is, state_since: since, state_detail: detail, refusals })
      .where("id", "=", id)
      .execute();
  }

  /**
   * A notifier as it is kept now, with its secret, for a message that leaves now: read at once, so that no secret ever goes
   * with settings that it was not given for. Undefined where there is none. Throws KEY_MISSING.
   */
  async opened(
    id: string,
  ): Promise<{ readonly known: KnownNotifier; readonly secret: string | undefined } | undefined> {
    const row = await this.#db.selectFrom("notifier").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) return undefined;
    const known = toNotifier(row);
    if (row.secret_sealed === null) return { known, secret: undefined };
    return { known, secret: unsealText(this.#kek, row.secret_sealed, place(id), "The secret of this notifier") };
  }
}

const columnsOf = (definition: NotifierDefinition) => ({
  name: definition.name,
  settings: JSON.stringify(definition.settings),
  is_enabled: Number(definition.isEnabled),
  is_default: Number(definition.isDefault),
  severity_least: definition.severityLeast,
  delay_ms: definition.delayMs,
  repeat_ms: definition.repeatMs,
  hours: definition.hours === null ? null : JSON.stringify(definition.hours),
  fallback_id: definition.fallbackId,
});

const toNotifier = (row: NotifierRow): KnownNotifier => ({
  id: row.id,
  name: row.name,
  kind: row.kind as NotifierKindName,
  settings: withDefaults(notifierEntry(row.kind as NotifierKindName).fields, JSON.parse(row.settings) as ProbeSettings),
  isEnabled: row.is_enabled === 1,
  isDefault: row.is_default === 1,
  severityLeast: row.severity_least as Severity,
  delayMs: row.delay_ms,
  repeatMs: row.repeat_ms,
  hours: row.hours === null ? null : (JSON.parse(row.hours) as Hours),
  fallbackId: row.fallback_id,
  hasSecret: row.secret_sealed !== null,
  state: { is: row.state, since: row.state_since, detail: row.state_detail },
  refusals: row.refusals,
  createdAt: row.created_at,
});

const naming = (write: () => Promise<unknown>): Promise<void> =>
  namedWrite(write, {
    taken: "is taken by another notifier",
    missing: ["body.fallbackId", "there is no such notifier"],
  });
