import { freshStanding, MusterError } from "@muster/core";
import type { Clock, Instant, ProbeKindName, ProbeSettings, ProbeStanding, ServiceKey } from "@muster/core";
import { randomToken, sha256Hex, uuidv7 } from "@muster/node-kit";
import type { ProbeBeat } from "@muster/protocol";
import type { Database } from "../state/database.ts";
import { namedWrite } from "../state/named-write.ts";
import { sealText, unsealText } from "../state/sealed-text.ts";
import type { ProbeRow } from "../state/schema.ts";
import type { Heard } from "./probe-kind.ts";

/** A probe as somebody set it up. */
export interface ProbeDefinition {
  readonly name: string;
  readonly kind: ProbeKindName;
  readonly settings: ProbeSettings;
  readonly via: string | null;
  /** The server that it says something of. */
  readonly about: string | null;
  /** The service of that server that it is about; null: none of them alone. */
  readonly service: ServiceKey | null;
  readonly tags: readonly string[];
  readonly state: "active" | "paused";
  readonly maintenanceUntil: Instant | null;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
}

/** What is kept of how it went, beside the history in the store of samples. */
export interface KeptStanding extends ProbeStanding {
  readonly beats: readonly ProbeBeat[];
}

export interface Calls {
  readonly ended: Heard | null;
  readonly started: Heard | null;
}

export interface KnownProbe extends ProbeDefinition {
  readonly id: string;
  readonly createdAt: Instant;
  readonly hasSecret: boolean;
  readonly tokenHash: string | null;
  readonly standing: KeptStanding;
  readonly heard: Calls;
}

const place = (id: string): string => `probe ${id} secret`;
const TOKEN_BYTES = 16;

/** Keeps probes. Secrets are sealed with the KEK and opened for a probe that is made now. */
export class ProbeStore {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #kek: Uint8Array;

  constructor(deps: { readonly db: Database; readonly clock: Clock; readonly kek: Uint8Array }) {
    this.#db = deps.db;
    this.#clock = deps.clock;
    this.#kek = deps.kek;
  }

  async all(): Promise<readonly KnownProbe[]> {
    return (await this.#db.selectFrom("probe").selectAll().orderBy("id").execute()).map(toProbe);
  }

  /** Throws CONFLICT when the name is taken, NOT_FOUND for a server that is not there. Answers its token, if it waits to be called. */
  async add(
    definition: ProbeDefinition,
    secret: string | undefined,
  ): Promise<{ readonly probe: KnownProbe; readonly token: string | null }> {
    const now = this.#clock.now();
    const id = uuidv7(now);
    const token = definition.kind === "passive" ? makeToken() : null;
    const row: ProbeRow = {
      ...{ id, kind: definition.kind, created_at: now, ...columnsOf(definition) },
      secret_sealed: secret === undefined ? null : sealText(this.#kek, secret, place(id)),
      token_hash: token === null ? null : sha256Hex(token),
      standing: JSON.stringify({ ...freshStanding(now), beats: [] }),
      heard: JSON.stringify({ ended: null, started: null }),
    };
    await naming(() => this.#db.insertInto("probe").values(row).execute());
    return { probe: toProbe(row), token };
  }

  /** `secret`: undefined keeps what is there, null forgets it. Throws as `add`, and NOT_FOUND. */
  async change(id: string, definition: ProbeDefinition, secret: string | null | undefined): Promise<KnownProbe> {
    await naming(() =>
      this.#db
        .updateTable("probe")
        .set({
          ...columnsOf(definition),
          ...(secret !== undefined && {
            secret_sealed: secret === null ? null : sealText(this.#kek, secret, place(id)),
          }),
        })
        .where("id", "=", id)
        .execute(),
    );
    return this.#get(id);
  }

  async delete(id: string): Promise<void> {
    await this.#db.deleteFrom("probe").where("id", "=", id).execute();
  }

  /** Another token; the one before is good no more. */
  async renewToken(id: string): Promise<{ readonly probe: KnownProbe; readonly token: string }> {
    const token = makeToken();
    await this.#db
      .updateTable("probe")
      .set({ token_hash: sha256Hex(token) })
      .where("id", "=", id)
      .execute();
    return { probe: await this.#get(id), token };
  }

  /** Durable when it resolves. */
  async keepHeard(id: string, heard: Calls): Promise<void> {
    await this.#db
      .updateTable("probe")
      .set({ heard: JSON.stringify(heard) })
      .where("id", "=", id)
      .execute();
  }

  /** All of them or none. */
  async keepStandings(standings: ReadonlyMap<string, KeptStanding>): Promise<void> {
    if (standings.size === 0) return;
    await this.#db.transaction().execute(async (db) => {
      for (const [id, standing] of standings)
        await db
          .updateTable("probe")
          .set({ standing: JSON.stringify(standing) })
          .where("id", "=", id)
          .execute();
    });
  }

  /**
   * A probe as it is kept now, with its secret: read at once, so that no secret ever goes with settings that it was not
   * given for. Throws NOT_FOUND, KEY_MISSING.
   */
  async opened(id: string): Promise<{ readonly known: KnownProbe; readonly secret: string | undefined }> {
    const row = await this.#row(id);
    const sealed = row.secret_sealed;
    const what = "The secret of this probe";
    const secret = sealed === null ? undefined : unsealText(this.#kek, sealed, place(id), what);
    return { known: toProbe(row), secret };
  }

  async #get(id: string): Promise<KnownProbe> {
    return toProbe(await this.#row(id));
  }

  async #row(id: string): Promise<ProbeRow> {
    const row = await this.#db.selectFrom("probe").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) throw new MusterError("NOT_FOUND");
    return row;
  }
}

const naming = (write: () => Promise<unknown>): Promise<void> =>
  namedWrite(write, { taken: "is taken by another probe", missing: ["body.about", "there is no such server"] });

/** `mpg1.<128 bits>`: short, because it stands in crontabs. */
const makeToken = (): string => `mpg1.${randomToken(TOKEN_BYTES)}`;

const columnsOf = (definition: ProbeDefinition) => ({
  name: definition.name,
  settings: JSON.stringify(definition.settings),
  via_server_id: definition.via,
  about_server_id: definition.about,
  about_service:
    definition.service === null
      ? null
      : JSON.stringify({ driver: definition.service.driver, name: definition.service.name }),
  tags: JSON.stringify(definition.tags),
  state: definition.state,
  maintenance_until: definition.maintenanceUntil,
  interval_ms: definition.intervalMs,
  timeout_ms: definition.timeoutMs,
  rise: definition.rise,
  fall: definition.fall,
});

const toProbe = (row: ProbeRow): KnownProbe => ({
  id: row.id,
  name: row.name,
  kind: row.kind as ProbeKindName,
  settings: JSON.parse(row.settings) as ProbeSettings,
  via: row.via_server_id,
  about: row.about_server_id,
  // With its server a service is gone, too.
  service:
    row.about_server_id === null || row.about_service === null ? null : (JSON.parse(row.about_service) as ServiceKey),
  tags: JSON.parse(row.tags) as readonly string[],
  state: row.state,
  maintenanceUntil: row.maintenance_until,
  intervalMs: row.interval_ms,
  timeoutMs: row.timeout_ms,
  rise: row.rise,
  fall: row.fall,
  createdAt: row.created_at,
  hasSecret: row.secret_sealed !== null,
  tokenHash: row.token_hash,
  standing: JSON.parse(row.standing) as KeptStanding,
  heard: JSON.parse(row.heard) as Calls,
});
