import { parseCount, parseUserUnit, parseUsers, unitStatus } from "@muster/core";
import type { Execution, ServiceStatus, SystemUser } from "@muster/core";
import type { Effect, ServiceDriver } from "../../service-driver.ts";
import type { DriverConfig, DriverDeps, DriverKind } from "../driver-kind.ts";
import { actOnUnit } from "./act-on-unit.ts";
import { SYSTEMCTL, SystemdManager } from "./systemd-manager.ts";
import { UnitList } from "./unit-list.ts";
import { watchRuns } from "./watch-runs.ts";

const RUN_USER = "/run/user";
/** Each costs a child process a look; a machine where more people are at home is no server. */
const USERS_MAX = 32;
const ANSWER_MS = 5_000;
/** One that let everybody wait is not waited for again before this. */
const HUNG_MS = 30_000;

interface UserManager {
  readonly user: SystemUser;
  readonly manager: SystemdManager;
  readonly units: UnitList;
  /** What the newest list said. */
  seen: readonly ServiceStatus[];
  hungUntilMs: number;
  /** Ends the watching of this user's runs. */
  unwatch?: AbortController;
}

/**
 * The systemd of each user who has one running: logged in, or lingering. Root reaches all, anybody else only their own.
 * Names are `user:unit`.
 */
class SystemdUserDriver implements ServiceDriver {
  readonly name = "systemd-user";
  readonly #config: DriverConfig;
  readonly #deps: DriverDeps;
  readonly #managers = new Map<number, UserManager>();
  #ownUid: Promise<number> | undefined;
  #watched: { readonly changed: (name?: string) => void; readonly signal: AbortSignal } | undefined;

  constructor(config: DriverConfig, deps: DriverDeps) {
    this.#config = config;
    this.#deps = deps;
  }

  async detect(): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }> {
    const names = await this.#deps.host.listDirectory(RUN_USER);
    return names === undefined ? { ok: false, why: "nobody's own systemd can run here: no /run/user" } : { ok: true };
  }

  async list(signal: AbortSignal): Promise<readonly ServiceStatus[]> {
    const found = await Promise.all((await this.#present(signal)).map((manager) => this.#listOf(manager, signal)));
    return found.flat().toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** One user's systemd that hangs or lies hides nobody else's services; its own are unknown until it answers. */
  async #listOf(of: UserManager, signal: AbortSignal): Promise<readonly ServiceStatus[]> {
    const { clock } = this.#deps;
    if (clock.monotonic() < of.hungUntilMs) return of.seen;
    const late = new AbortController();
    const timer = clock.after(ANSWER_MS, () => late.abort(new Error("it does not answer")));
    try {
      const units = await of.units.read(AbortSignal.any([signal, late.signal]));
      of.seen = units.map((unit) => unitStatus(unit, { driver: this.name, name: `${of.user.name}:${unit.id}` }));
    } catch (error) {
      signal.throwIfAborted();
      if (late.signal.aborted) of.hungUntilMs = clock.monotonic() + HUNG_MS;
      this.#deps.log.debug("a user's systemd cannot be read", { user: of.user.name, why: String(error) });
      of.seen = of.seen.map((status) => ({ ...status, state: "unknown", health: "unknown", healthDetail: "" }));
    } finally {
      timer.cancel();
    }
    return of.seen;
  }

  async read(name: string, signal: AbortSignal): Promise<ServiceStatus | undefined> {
    const parsed = parseUserUnit(name);
    const of = parsed && (await this.#managerOf(parsed.user, signal));
    if (parsed === undefined || of === undefined) return undefined;
    const [unit] = await of.manager.show([parsed.unit], signal);
    return unit === undefined || unit.loadState === "not-found"
      ? undefined
      : unitStatus(unit, { driver: this.name, name });
  }

  watch(changed: (name?: string) => void, signal: AbortSignal): void {
    this.#watched = { changed, signal };
    const told = (): void => {
      if (signal.aborted) return;
      // Somebody's systemd came or went: who is there is looked up by the next list.
      changed();
    };
    this.#deps.host.watchDirectory?.(RUN_USER, told, signal);
    for (const manager of this.#managers.values()) this.#watchManager(manager);
    const end = (): void => {
      // Somebody else may watch by now.
      if (this.#watched?.signal === signal) this.#watched = undefined;
    };
    signal.addEventListener("abort", end, { once: true });
  }

  async act({ verb, name }: Effect, signal: AbortSignal): Promise<Execution> {
    const parsed = parseUserUnit(name);
    if (parsed === undefined) return { outcome: "failed", detail: "that is not USER:UNIT" };
    const of = await this.#managerOf(parsed.user, signal).catch(() => undefined);
    if (of === undefined) {
      const why = `no systemd of ${parsed.user} runs, or muster may not reach it; loginctl enable-linger ${parsed.user}`;
      return signal.aborted ? { outcome: "unknown", detail: why } : { outcome: "failed", detail: why };
    }
    const deps = {
      manager: of.manager,
      clock: this.#deps.clock,
      settleMs: this.#config.settleMs,
      grant: () => Promise.resolve(`Muster must run there as root or as ${parsed.user}.`),
    };
    try {
      return await actOnUnit({ verb, unit: parsed.unit, key: { driver: this.name, name } }, deps, signal);
    } finally {
      of.units.forget(parsed.unit);
    }
  }

  async #managerOf(user: string, signal: AbortSignal): Promise<UserManager | undefined> {
    return (await this.#present(signal)).find((manager) => manager.user.name === user);
  }

  /** Those whose systemd runs now and can be reached. */
  async #present(signal: AbortSignal): Promise<readonly UserManager[]> {
    const { host } = this.#deps;
    this.#ownUid ??= host
      .execute(["/usr/bin/id", "-u"], { signal })
      .then(({ stdout }) => parseCount(stdout.trim()) ?? -1)
      .catch((error: unknown) => {
        this.#ownUid = undefined;
        throw error;
      });
    const ownUid = await this.#ownUid;
    const uids = ((await host.listDirectory(RUN_USER)) ?? [])
      .map((name) => parseCount(name) ?? -1)
      .filter((uid) => uid >= 0 && (ownUid === 0 || uid === ownUid))
      .slice(0, USERS_MAX);
    const users = parseUsers((uids.length > 0 && (await host.readFile("/etc/passwd", "once"))) || "");
    const present = new Set<number>();
    for (const uid of uids) {
      const user = users.find((one) => one.uid === uid);
      const entries = user && (await host.listDirectory(`${RUN_USER}/${uid}/systemd`));
      if (user === undefined || entries?.includes("private") !== true) continue;
      present.add(uid);
      const known = this.#managers.get(uid);
      if (known?.user.name === user.name) {
        // The user's directory was away in between, and its watch with it.
        if (!known.units.isWatched) this.#watchManager(known);
        continue;
      }
      const manager = new SystemdManager(reachOf(user, ownUid), host);
      const made = { user, manager, units: new UnitList(manager, host, this.#deps.clock), seen: [], hungUntilMs: 0 };
      this.#managers.set(uid, made);
      this.#watchManager(made);
    }
    for (const [uid, { unwatch }] of this.#managers) {
      if (present.has(uid)) continue;
      unwatch?.abort();
      this.#managers.delete(uid);
    }
    return [...this.#managers.values()];
  }

  #watchManager(of: UserManager): void {
    if (this.#watched === undefined) return;
    const { changed, signal } = this.#watched;
    const { user, units, manager } = of;
    of.unwatch?.abort();
    of.unwatch = new AbortController();
    const until = AbortSignal.any([signal, of.unwatch.signal]);
    const told = (unit: string | undefined): void => {
      if (until.aborted) return;
      if (unit === undefined) units.isWatched = false;
      units.forget(unit);
      changed(unit === undefined ? undefined : `${user.name}:${unit}`);
    };
    units.isWatched = watchRuns(this.#deps.host, manager.reach.runsDirectory, told, until) === "watching";
    until.addEventListener("abort", () => (units.isWatched = false), { once: true });
  }
}

/** A user's systemd answers only that user, so root becomes the user first, with nothing of its own rights left. */
function reachOf(user: SystemUser, ownUid: number): SystemdManager["reach"] {
  const runtime = `${RUN_USER}/${user.uid}`;
  const become =
    ownUid === user.uid
      ? []
      : ["/usr/bin/setpriv", `--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups", "--no-new-privs", "--"];
  return {
    argv: [...become, "/usr/bin/env", `XDG_RUNTIME_DIR=${runtime}`, SYSTEMCTL, "--user"],
    runsDirectory: `${runtime}/systemd/units`,
    ownDirectories: ["/etc/systemd/user", ...(user.home === "" ? [] : [`${user.home}/.config/systemd/user`])],
  };
}

export const systemdUserKind: DriverKind = {
  name: "systemd-user",
  create: (config, deps) => new SystemdUserDriver(config, deps),
};
