import { MusterError } from "@muster/core";
import type { Clock, Role } from "@muster/core";
import { isUniqueViolation, uuidv7 } from "@muster/node-kit";
import type { Database } from "../state/database.ts";
import type { UserRow } from "../state/schema.ts";
import type { AccessEvents } from "./access-events.ts";
import type { PasswordHasher } from "./password.ts";
import type { SessionStore } from "./sessions.ts";

export interface UserView {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly enabled: boolean;
  readonly createdAt: number;
  readonly lastLoginAt: number | null;
}

export interface UserDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly hasher: PasswordHasher;
  readonly sessions: SessionStore;
  readonly events: AccessEvents;
}

/** What the audit log calls those who are no user; a person of that name would pass for them. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(["console", "stranger"]);

const view = (row: UserRow): UserView => ({
  id: row.id,
  name: row.name,
  role: row.role,
  enabled: row.enabled === 1,
  createdAt: row.created_at,
  lastLoginAt: row.last_login_at,
});

/** Keeps the people who may sign in. One enabled administrator always stays. */
export class UserStore {
  readonly #deps: UserDeps;

  constructor(deps: UserDeps) {
    this.#deps = deps;
  }

  async list(): Promise<readonly UserView[]> {
    return (await this.#deps.db.selectFrom("user").selectAll().orderBy("name").execute()).map(view);
  }

  async byId(id: string): Promise<UserView | undefined> {
    const row = await this.#deps.db.selectFrom("user").selectAll().where("id", "=", id).executeTakeFirst();
    return row && view(row);
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#deps.db.selectFrom("user").select("id").limit(1).executeTakeFirst()) === undefined;
  }

  /** Throws CONFLICT when the name is taken. */
  async create(user: { readonly name: string; readonly password: string; readonly role: Role }): Promise<UserView> {
    const row = await this.#row(user);
    try {
      await this.#deps.db.insertInto("user").values(row).execute();
    } catch (error) {
      if (isUniqueViolation(error)) throw new MusterError("CONFLICT", { fields: { name: "is taken" } });
      throw error;
    }
    return view(row);
  }

  /** The first administrator: only while there is no user at all, however many ask at once. Throws SETUP_DONE. */
  async createFirstAdmin(user: { readonly name: string; readonly password: string }): Promise<UserView> {
    const row = await this.#row({ ...user, role: "admin" });
    const made = await this.#deps.db.transaction().execute(async (transaction) => {
      if (await transaction.selectFrom("user").select("id").limit(1).executeTakeFirst()) return false;
      await transaction.insertInto("user").values(row).execute();
      return true;
    });
    if (!made) throw new MusterError("SETUP_DONE");
    return view(row);
  }

  async #row(user: { readonly name: string; readonly password: string; readonly role: Role }): Promise<UserRow> {
    if (RESERVED_NAMES.has(user.name)) throw new MusterError("CONFLICT", { fields: { name: "is taken" } });
    const now = this.#deps.clock.now();
    return {
      id: uuidv7(now),
      name: user.name,
      role: user.role,
      enabled: 1,
      password_hash: await this.#deps.hasher.hash(user.password),
      created_at: now,
      last_login_at: null,
    };
  }

  /** Changes take effect everywhere at once: the user's other sessions end. Throws NOT_FOUND, LAST_ADMIN. */
  async change(
    id: string,
    patch: {
      readonly role?: Role | undefined;
      readonly password?: string | undefined;
      readonly enabled?: boolean | undefined;
    },
    keptSession?: string,
  ): Promise<UserView> {
    const set = {
      ...(patch.role === undefined ? {} : { role: patch.role }),
      ...(patch.enabled === undefined ? {} : { enabled: patch.enabled ? 1 : 0 }),
      ...(patch.password === undefined ? {} : { password_hash: await this.#deps.hasher.hash(patch.password) }),
    };
    await this.#keepingAnAdmin(async (transaction) => {
      if (Object.keys(set).length > 0) await transaction.updateTable("user").set(set).where("id", "=", id).execute();
    });
    const changed = await this.byId(id);
    if (!changed) throw new MusterError("NOT_FOUND");
    this.#deps.events.tell({ is: "user-changed", userId: id });
    if (Object.keys(set).length > 0) await this.#deps.sessions.endOthers(id, keptSession);
    return changed;
  }

  /** Throws NOT_FOUND, LAST_ADMIN. */
  async delete(id: string): Promise<void> {
    if (!(await this.byId(id))) throw new MusterError("NOT_FOUND");
    // Sessions and tokens go with the row, in the same transaction; open sockets hear of it below.
    await this.#keepingAnAdmin(async (transaction) => {
      await transaction.deleteFrom("user").where("id", "=", id).execute();
    });
    this.#deps.events.tell({ is: "user-changed", userId: id });
  }

  /** The user whose name and password these are; undefined alike for a wrong name, a wrong password and a disabled user. */
  async authenticate(name: string, password: string): Promise<UserView | undefined> {
    const row = await this.#deps.db.selectFrom("user").selectAll().where("name", "=", name).executeTakeFirst();
    const fits = await this.#deps.hasher.verify(password, row?.password_hash);
    if (!row || !fits || row.enabled === 0) return undefined;
    // Only now is the password known, so only now can an old hash be made anew.
    if (this.#deps.hasher.isOutdated(row.password_hash)) {
      const password_hash = await this.#deps.hasher.hash(password);
      await this.#deps.db.updateTable("user").set({ password_hash }).where("id", "=", row.id).execute();
    }
    return view(row);
  }

  async noteLogin(id: string): Promise<void> {
    await this.#deps.db
      .updateTable("user")
      .set({ last_login_at: this.#deps.clock.now() })
      .where("id", "=", id)
      .execute();
  }

  async #keepingAnAdmin(work: (transaction: Database) => Promise<void>): Promise<void> {
    await this.#deps.db.transaction().execute(async (transaction) => {
      await work(transaction);
      const admin = await transaction
        .selectFrom("user")
        .select("id")
        .where("role", "=", "admin")
        .where("enabled", "=", 1)
        .limit(1)
        .executeTakeFirst();
      if (!admin) throw new MusterError("LAST_ADMIN");
    });
  }
}
