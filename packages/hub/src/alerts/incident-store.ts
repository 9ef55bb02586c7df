import { MusterError, OWED_MS_MAX, REOPEN_MS, subjectKey } from "@muster/core";
import type { Incident, Instant, Member, Notice, Severity, Subject, TimelineEntry, Told } from "@muster/core";
import type { Insertable } from "kysely";
import type { Database } from "../state/database.ts";
import type { DeliveryRow, IncidentMemberRow, IncidentRow, TellingRow } from "../state/schema.ts";

/** What became of one incident, to be kept together with what is to be told of it. */
export interface IncidentChange {
  readonly incident: Incident;
  /** Undefined: it is new. */
  readonly before: Incident | undefined;
  readonly entries: readonly TimelineEntry[];
  readonly tellings: readonly Telling[];
}

/** What one notifier is told from now on; `notice` is what is to be handed over. */
export interface Telling {
  readonly notifierId: string;
  readonly told: Told;
  readonly notice: Notice;
}

/** An incident with what everybody was told of it. */
export interface KnownIncident {
  readonly incident: Incident;
  readonly told: ReadonlyMap<string, Told>;
}

export interface IncidentChoice {
  readonly state?: "open" | "resolved" | undefined;
  readonly serverId?: string | undefined;
  /** Only those behind the incident with this id, which is one that is there. */
  readonly before?: string | undefined;
  readonly limit: number;
}

const ENTRIES_MAX = 500;
/** SQLite binds so many values in one statement; a member has ten. */
const ROWS_AT_ONCE = 1_000;

/** Keeps incidents, their stories, and what is to be told: always together or not at all. */
export class IncidentStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** Those that can still change: open, ended a short while ago, or with somebody who has not been told of the end. */
  async alive(now: Instant): Promise<readonly KnownIncident[]> {
    const tellings = await this.#db
      .selectFrom("telling")
      .innerJoin("incident", "incident.id", "telling.incident_id")
      .select(["telling.incident_id", "telling.notifier_id", "telling.told"])
      .where((where) =>
        where.or([
          where("incident.state", "=", "open"),
          where("incident.resolved_at", ">", now - REOPEN_MS),
          where.and([
            where("incident.resolved_at", ">", now - OWED_MS_MAX),
            where("telling.told", "like", '%"state":"open"%'),
          ]),
        ]),
      )
      .execute();
    const told = new Map<string, Map<string, Told>>();
    for (const row of tellings) {
      const ofIncident = told.get(row.incident_id) ?? new Map<string, Told>();
      told.set(row.incident_id, ofIncident.set(row.notifier_id, JSON.parse(row.told) as Told));
    }
    const rows = await this.#db
      .selectFrom("incident")
      .selectAll()
      .where((where) =>
        where.or([
          where("state", "=", "open"),
          where("resolved_at", ">", now - REOPEN_MS),
          where("id", "in", [...told.keys()]),
        ]),
      )
      .orderBy("id")
      .execute();
    const incidents = await this.#withMembers(rows);
    return incidents.map((incident) => ({ incident, told: told.get(incident.id) ?? new Map() }));
  }

  /** All of it or nothing. */
  async save(changes: readonly IncidentChange[]): Promise<void> {
    if (changes.length === 0) return;
    await this.#db.transaction().execute(async (db) => {
      for (const change of changes) await saveOne(db, change);
    });
  }

  /** Newest first, and of several that were opened in one millisecond each has its place. Throws NOT_FOUND for `before`. */
  async list({ state, serverId, before, limit }: IncidentChoice): Promise<readonly Incident[]> {
    let query = this.#db.selectFrom("incident").selectAll().orderBy("opened_at", "desc").orderBy("id", "desc");
    if (state !== undefined) query = query.where("state", "=", state);
    if (before !== undefined) {
      const last = await this.#db
        .selectFrom("incident")
        .select("opened_at")
        .where("id", "=", before)
        .executeTakeFirst();
      if (last === undefined)
        throw new MusterError("NOT_FOUND", { fields: { "query.before": "there is no such incident" } });
      query = query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple("opened_at", "id"), "<", tuple(last.opened_at, before)),
      );
    }
    if (serverId !== undefined)
      query = query.where("id", "in", (db) =>
        db.selectFrom("incident_member").select("incident_id").where("server_id", "=", serverId),
      );
    return this.#withMembers(await query.limit(limit).execute());
  }

  async byId(id: string): Promise<Incident | undefined> {
    const rows = await this.#db.selectFrom("incident").selectAll().where("id", "=", id).execute();
    return (await this.#withMembers(rows))[0];
  }

  /** Oldest first; of a long story the end. */
  async entries(id: string): Promise<readonly TimelineEntry[]> {
    const rows = await this.#db
      .selectFrom("incident_entry")
      .selectAll()
      .where("incident_id", "=", id)
      .orderBy("id", "desc")
      .limit(ENTRIES_MAX)
      .execute();
    return rows.reverse().map(({ at, kind, by, detail }) => ({ at, kind: kind as TimelineEntry["kind"], by, detail }));
  }

  /** Earlier ones of a rule about one of these things, newest first. */
  async similar(incident: Incident, limit: number): Promise<readonly Incident[]> {
    const keys = incident.members.slice(0, 100).map(({ key }) => key);
    const rows = await this.#db
      .selectFrom("incident")
      .selectAll()
      .where("rule_id", "=", incident.ruleId)
      .where("id", "!=", incident.id)
      .where("id", "in", (db) => db.selectFrom("incident_member").select("incident_id").where("key", "in", keys))
      .orderBy("opened_at", "desc")
      .limit(limit)
      .execute();
    return this.#withMembers(rows);
  }

  /** As JSON text; null while none was gathered. */
  async evidence(id: string): Promise<string | null> {
    const row = await this.#db.selectFrom("incident").select("evidence").where("id", "=", id).executeTakeFirst();
    return row?.evidence ?? null;
  }

  async keepEvidence(id: string, evidence: string): Promise<void> {
    await this.#db.updateTable("incident").set({ evidence }).where("id", "=", id).execute();
  }

  /** Forgets those that ended before an instant. */
  async deleteBefore(instant: Instant): Promise<void> {
    await this.#db.deleteFrom("incident").where("state", "=", "resolved").where("resolved_at", "<", instant).execute();
  }

  async #withMembers(rows: readonly IncidentRow[]): Promise<readonly Incident[]> {
    if (rows.length === 0) return [];
    const members = await this.#db
      .selectFrom("incident_member")
      .selectAll()
      .where(
        "incident_id",
        "in",
        rows.map(({ id }) => id),
      )
      .orderBy("place")
      .execute();
    const byIncident = Map.groupBy(members, ({ incident_id }) => incident_id);
    return rows.map((row) => toIncident(row, byIncident.get(row.id) ?? []));
  }
}

async function saveOne(db: Database, { incident, before, entries, tellings }: IncidentChange): Promise<void> {
  const row = columnsOf(incident);
  if (before === undefined)
    await db
      .insertInto("incident")
      .values({ ...row, evidence: null })
      .execute();
  else await db.updateTable("incident").set(row).where("id", "=", incident.id).execute();
  const known = new Map(before?.members.map((member) => [member.key, member]));
  const changed = incident.members.flatMap((member, place) =>
    known.get(member.key) === member ? [] : [memberRow(incident.id, member, place)],
  );
  for (let from = 0; from < changed.length; from += ROWS_AT_ONCE)
    await db
      .insertInto("incident_member")
      .values(changed.slice(from, from + ROWS_AT_ONCE))
      .onConflict((conflict) =>
        conflict.columns(["incident_id", "key"]).doUpdateSet((given) => ({
          title: given.ref("excluded.title"),
          severity: given.ref("excluded.severity"),
          value: given.ref("excluded.value"),
          since: given.ref("excluded.since"),
          cleared_at: given.ref("excluded.cleared_at"),
        })),
      )
      .execute();
  if (entries.length > 0)
    await db
      .insertInto("incident_entry")
      .values(entries.map(({ at, kind, by, detail }) => ({ incident_id: incident.id, at, kind, by, detail })))
      .execute();
  for (const { notifierId, told, notice } of tellings) {
    const telling: TellingRow = {
      ...{ incident_id: incident.id, notifier_id: notifierId, told: JSON.stringify(told), message_ref: null },
    };
    await db
      .insertInto("telling")
      .values(telling)
      .onConflict((conflict) => conflict.columns(["incident_id", "notifier_id"]).doUpdateSet({ told: telling.told }))
      .execute();
    await db.insertInto("delivery").values(waitingDelivery(notifierId, notice)).execute();
  }
}

/** A notice that waits to be handed over. */
export const waitingDelivery = (notifierId: string, notice: Notice): Insertable<DeliveryRow> => ({
  ...{ id: notice.key, incident_id: notice.incidentId === "" ? null : notice.incidentId, notifier_id: notifierId },
  ...{ notice: JSON.stringify(notice), state: "waiting", attempts: 0, asked_at: notice.at, next_at: notice.at },
  ...{ ended_at: null, detail: "" },
});

const columnsOf = (incident: Incident): Omit<IncidentRow, "evidence"> => ({
  id: incident.id,
  rule_id: incident.ruleId,
  rule_name: incident.ruleName,
  state: incident.state,
  severity: incident.severity,
  opened_at: incident.openedAt,
  resolved_at: incident.resolvedAt,
  reopened: incident.reopened,
  acknowledged_by: incident.acknowledged?.by ?? null,
  acknowledged_at: incident.acknowledged?.at ?? null,
  snoozed_until: incident.snoozedUntil,
});

const memberRow = (incidentId: string, member: Member, place: number): IncidentMemberRow => ({
  incident_id: incidentId,
  key: member.key,
  place,
  server_id: member.subject.serverId,
  subject: JSON.stringify(member.subject),
  title: member.title,
  severity: member.severity,
  value: member.value,
  since: member.since,
  cleared_at: member.clearedAt,
});

const toIncident = (row: IncidentRow, members: readonly IncidentMemberRow[]): Incident => ({
  id: row.id,
  ruleId: row.rule_id,
  ruleName: row.rule_name,
  state: row.state,
  severity: row.severity as Severity,
  openedAt: row.opened_at,
  resolvedAt: row.resolved_at,
  reopened: row.reopened,
  acknowledged:
    row.acknowledged_by === null || row.acknowledged_at === null
      ? null
      : { by: row.acknowledged_by, at: row.acknowledged_at },
  snoozedUntil: row.snoozed_until,
  members: members.map((member) => {
    const subject = JSON.parse(member.subject) as Subject;
    return {
      ...{ key: subjectKey(subject), subject, title: member.title, severity: member.severity as Severity },
      ...{ value: member.value, since: member.since, clearedAt: member.cleared_at },
    };
  }),
});
