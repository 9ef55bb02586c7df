import { fileOfRule, MINUTE_MS, MusterError, ruleProblems } from "@muster/core";
import type { Clock, Logger, RuleDefinition, Writable } from "@muster/core";
import { every } from "@muster/node-kit";
import type { RuleView } from "@muster/protocol";
import type { Fleet } from "../fleet/fleet.ts";
import type { Forecasts } from "./forecasts.ts";
import type { IncidentDesk } from "./incident-desk.ts";
import type { KnownRule, RuleStore } from "./rule-store.ts";
import type { RuleWatch } from "./rule-watch.ts";

export interface AlertDeskDeps {
  readonly store: RuleStore;
  readonly watch: RuleWatch;
  readonly incidents: IncidentDesk;
  readonly forecasts: Forecasts;
  readonly fleet: Pick<Fleet, "ids">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Something may be to be handed over. */
  readonly told: () => void;
}

const TURN_MS = 1_000;
const JUDGING_MS = 30_000;
const LOG_TROUBLES_MAX = 50;
const FORECAST_EVERY_MS = 10 * MINUTE_MS;

/** The rules as they are, and the loop that judges by them. */
export class AlertDesk {
  readonly #deps: AlertDeskDeps;
  #rules: ReadonlyMap<string, KnownRule>;
  readonly #ending = new AbortController();
  #stops: readonly (() => void)[] = [];
  #running: Promise<void> = Promise.resolve();
  #turnedMs = Number.NEGATIVE_INFINITY;

  private constructor(deps: AlertDeskDeps, rules: readonly KnownRule[]) {
    this.#deps = deps;
    this.#rules = new Map(rules.map((rule) => [rule.id, rule]));
    deps.watch.setRules(rules);
    deps.watch.restore(deps.incidents.open);
  }

  static async open(deps: AlertDeskDeps): Promise<AlertDesk> {
    return new AlertDesk(deps, await deps.store.open());
  }

  /** Begins to judge. */
  start(): void {
    const { clock, log, forecasts, fleet } = this.#deps;
    this.#stops = [
      every("alerts", TURN_MS, () => this.turn(), { clock, log }),
      every(
        "forecasts",
        FORECAST_EVERY_MS,
        () => forecasts.refresh([...this.#rules.values()], fleet.ids(), this.#ending.signal),
        { clock, log },
      ),
    ];
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop();
    this.#ending.abort();
    this.#deps.watch.stop();
    await this.#running;
  }

  /** Judges once, and tells what is to be told. */
  async turn(): Promise<void> {
    const { watch, incidents } = this.#deps;
    const running = watch.turn().then((effects) => incidents.turn(effects));
    this.#running = running.catch(() => undefined);
    await running;
    this.#turnedMs = this.#deps.clock.monotonic();
    this.#deps.told();
  }

  /** Whether rules were judged, and what came of it kept, a moment ago. */
  get isJudging(): boolean {
    return this.#deps.clock.monotonic() - this.#turnedMs < JUDGING_MS;
  }

  get rules(): readonly KnownRule[] {
    return [...this.#rules.values()];
  }

  /** Who stands behind a rule: whoever saved it last, or wrote the file in which it is. */
  ownerOf(ruleId: string): { readonly is: "file" | "nobody" } | { readonly is: "saved"; readonly by: string } {
    const rule = this.#rules.get(ruleId);
    if (rule !== undefined && fileOfRule(rule) !== undefined) return { is: "file" };
    const by = rule?.owner ?? undefined;
    return by === undefined ? { is: "nobody" } : { is: "saved", by };
  }

  has(id: string): boolean {
    return this.#rules.has(id);
  }

  /** Whom a rule tells; null: whoever is told by default. */
  notifiersOf(ruleId: string): readonly string[] | null {
    return this.#rules.get(ruleId)?.notifierIds ?? null;
  }

  view(id: string): RuleView {
    const rule = this.#get(id);
    const open = this.#deps.incidents.open.filter(({ ruleId }) => ruleId === id);
    const logTroubles = this.#deps.watch.logTroublesOf(id).slice(0, LOG_TROUBLES_MAX);
    const { owner: _owner, ...told } = rule;
    return { ...(told as Writable<typeof told>), openCount: open.length, logTroubles };
  }

  /** Throws BAD_REQUEST naming fields, CONFLICT. */
  async add(definition: RuleDefinition, owner: string): Promise<KnownRule> {
    checkRule(definition, "body");
    const rule = await this.#deps.store.add(definition, owner);
    this.#become(new Map([...this.#rules, [rule.id, rule]]));
    return rule;
  }

  /** Throws as `add`, NOT_FOUND, and CONFLICT for one that stands in a file. */
  async change(id: string, definition: RuleDefinition, owner: string): Promise<KnownRule> {
    this.#changeable(id);
    checkRule(definition, "body");
    const rule = await this.#deps.store.change(id, definition, owner);
    this.#become(new Map([...this.#rules, [id, rule]]));
    return rule;
  }

  /** Throws NOT_FOUND, and CONFLICT for one that stands in a file. */
  async delete(id: string): Promise<void> {
    this.#changeable(id);
    await this.#deps.store.delete(id);
    this.#become(new Map([...this.#rules].filter(([other]) => other !== id)));
  }

  /** The rules of files are exactly these from now on: checked before, and no two of one name. */
  async setOfFile(file: string, definitions: readonly RuleDefinition[]): Promise<void> {
    const ofFile = await this.#deps.store.setOfFile(file, definitions);
    const ids = new Set(ofFile.map(({ id }) => id));
    const others = this.rules.filter((rule) => !ids.has(rule.id) && fileOfRule(rule) === undefined);
    this.#become(new Map([...others, ...ofFile].map((rule) => [rule.id, rule])));
  }

  /** Throws NOT_FOUND. */
  rule(id: string): KnownRule {
    return this.#get(id);
  }

  #get(id: string): KnownRule {
    const rule = this.#rules.get(id);
    if (rule === undefined) throw new MusterError("NOT_FOUND");
    return rule;
  }

  #changeable(id: string): void {
    const file = fileOfRule(this.#get(id));
    if (file !== undefined)
      throw new MusterError("CONFLICT", {
        message: `This rule stands in the file ${file}, and is changed only there.`,
      });
  }

  #become(rules: ReadonlyMap<string, KnownRule>): void {
    this.#rules = rules;
    this.#deps.watch.setRules([...rules.values()]);
  }
}

/** Throws BAD_REQUEST naming each field under `place`. */
export function checkRule(definition: RuleDefinition, place: string): void {
  const problems = Object.entries(ruleProblems(definition));
  if (problems.length > 0)
    throw new MusterError("BAD_REQUEST", {
      fields: Object.fromEntries(problems.map(([field, why]) => [`${place}.${field}`, why])),
    });
}
