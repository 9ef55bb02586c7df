import { isFields } from "../services/definitions/index.ts";
import type { PlanBuilder } from "./plan-builder.ts";
import { quoted } from "./foreign-text.ts";

type Fields = Readonly<Record<string, unknown>>;

const ENTRIES_MAX = 100_000;

/**
 * One map of a foreign file. Every field is used, ignored with a reason, or told as unknown by `end`; an empty text and
 * null are the same as nothing.
 */
export class ForeignFields {
  readonly where: string;
  readonly #fields: Fields;
  readonly #plan: PlanBuilder;
  readonly #known = new Set<string>();

  constructor(fields: Fields, where: string, plan: PlanBuilder) {
    this.#fields = fields;
    this.where = where;
    this.#plan = plan;
  }

  at(name: string): string {
    return this.where === "" ? name : `${this.where}.${name}`;
  }

  /** The value as it is; undefined when there is none. */
  raw(name: string): unknown {
    this.#known.add(name);
    const value = Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
    return value === null || value === "" ? undefined : value;
  }

  /** Text, or a number as people write it; another kind is a problem and then nothing. */
  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || typeof value === "string") return value;
    if (typeof value === "number") return String(value);
    this.#plan.problem(this.at(name), "must be text");
    return undefined;
  }

  /** A list of texts; what is none in it is a problem and left out. */
  texts(name: string): readonly string[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) return (this.#plan.problem(this.at(name), "must be a list"), []);
    return (value as readonly unknown[]).slice(0, ENTRIES_MAX).flatMap((item, index) => {
      if (typeof item === "string") return item === "" ? [] : [item];
      if (typeof item === "number") return [String(item)];
      return (this.#plan.problem(`${this.at(name)}[${index}]`, "must be text"), []);
    });
  }

  /** Whether it is on; SQLite has 0 and 1. */
  flag(name: string, otherwise: boolean): boolean {
    const value = this.raw(name);
    return value === undefined ? otherwise : !(value === false || value === 0 || value === "false" || value === "0");
  }

  /** A map inside; undefined when there is none. */
  map(name: string): ForeignFields | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (isFields(value)) return new ForeignFields(value, this.at(name), this.#plan);
    this.#plan.problem(this.at(name), "must be a map");
    return undefined;
  }

  /** The maps of a list. */
  maps(name: string): readonly ForeignFields[] {
    const value = this.raw(name);
    return value === undefined ? [] : mapsOf(value, this.at(name), this.#plan);
  }

  names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  /** Says of fields that are there why they are not taken over. */
  ignore(why: string, ...names: readonly string[]): void {
    for (const name of names) if (this.raw(name) !== undefined) this.#plan.ignore(this.#kind(name), why);
  }

  /** What nobody asked for is told, so that nothing is dropped in silence. */
  end(): void {
    for (const name of Object.keys(this.#fields))
      if (!this.#known.has(name)) this.#plan.ignore(this.#kind(name), "Muster does not know this field");
  }

  /** One name for the field in all entries of a list, such as `servers[].timezone`. */
  #kind(name: string): string {
    const place = this.at(/^[\w.-]{1,64}$/.test(name) ? name : quoted(name));
    return place.replaceAll(/\[\d+\]/g, "[]").replace(/^\[\]\./, "");
  }
}

/** A reader for each map of a list; what is no map in it is a problem. */
export function mapsOf(list: unknown, where: string, plan: PlanBuilder): readonly ForeignFields[] {
  if (!Array.isArray(list)) return (plan.problem(where || "file", "must be a list"), []);
  return (list as readonly unknown[]).slice(0, ENTRIES_MAX).flatMap((item, index) => {
    const place = `${where}[${index}]`;
    if (isFields(item)) return [new ForeignFields(item, place, plan)];
    return (plan.problem(place, "left out: must be a map"), []);
  });
}

/** The entries of a list that stands alone or under `name` in a map. */
export function listed(tree: unknown, name: string, plan: PlanBuilder): readonly ForeignFields[] {
  if (!isFields(tree)) return mapsOf(tree, "", plan);
  const outer = new ForeignFields(tree, "", plan);
  const entries = outer.maps(name);
  if (outer.raw(name) === undefined) plan.problem(name, "is not there");
  outer.end();
  return entries;
}
