import { durationMs } from "../../policy/parse-policy.ts";

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Text that a program may be given: bounded and without NUL, which would cut it in the kernel. */
export const isArgument = (text: string, charactersMax = 4_096): boolean =>
  text.length <= charactersMax && !text.includes("\0");
export const isAbsolutePath = (text: string): boolean =>
  isArgument(text) && text.startsWith("/") && !/[\n\r]/.test(text) && !text.split("/").includes("..");

const PROBLEMS_MAX = 50;

/**
 * Reads one map of a definition, in JSON's types or in the plain text that strict YAML yields (`"80"`, `"true"`, `10s`).
 * Collects every problem with its path instead of throwing; what it returns after a problem is only a placeholder.
 */
export class TreeReader {
  readonly #problems: string[];
  readonly #fields: Fields;
  readonly #path: string;
  readonly #known = new Set<string>();

  constructor(tree: unknown, path: string, problems: string[]) {
    this.#problems = problems;
    this.#path = path;
    this.#fields = isFields(tree) ? tree : {};
    if (!isFields(tree)) this.fail("", "must be a map");
  }

  has(name: string): boolean {
    this.#known.add(name);
    return this.#fields[name] !== undefined && this.#fields[name] !== null;
  }

  raw(name: string): unknown {
    this.#known.add(name);
    return this.#fields[name] ?? undefined;
  }

  at(name: string): string {
    return this.#path === "" ? name : name === "" ? this.#path : `${this.#path}.${name}`;
  }

  fail(name: string, why: string): undefined {
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push(`${this.at(name) || "definition"}: ${why}`);
    return undefined;
  }

  /** Text of which `isGood`; `otherwise` when it is left out, and a problem when that is undefined. */
  text(name: string, isGood: (text: string) => boolean, what: string, otherwise?: string): string {
    const value = this.raw(name);
    if (value === undefined && otherwise !== undefined) return otherwise;
    if (typeof value === "string" && isGood(value)) return value;
    return (this.fail(name, value === undefined ? "is needed" : `must be ${what}`), otherwise ?? "");
  }

  choice<T extends string>(name: string, of: readonly T[], otherwise?: T): T {
    return this.text(
      name,
      (text) => (of as readonly string[]).includes(text),
      `one of ${of.join(", ")}`,
      otherwise,
    ) as T;
  }

  number(
    name: string,
    range: { readonly min: number; readonly max: number; readonly whole: boolean },
    otherwise: number,
  ): number {
    const value = this.raw(name);
    if (value === undefined) return otherwise;
    return this.#numberOf(value, range) ?? (this.fail(name, `must be ${rangeText(range)}`), otherwise);
  }

  whole(name: string, min: number, max: number, otherwise: number): number {
    return this.number(name, { min, max, whole: true }, otherwise);
  }

  /** `delayMs: 500`, or `delay: 500ms` as people write it. */
  duration(name: string, maxMs: number, otherwiseMs: number): number {
    const inMs = `${name}Ms`;
    if (!this.has(name)) return this.whole(inMs, 0, maxMs, otherwiseMs);
    if (this.has(inMs)) this.fail(name, `is given twice, as ${name} and as ${inMs}`);
    const value = this.raw(name);
    const ms = value === "0" || value === 0 ? 0 : typeof value === "string" ? durationMs(value) : undefined;
    if (ms === undefined || ms > maxMs)
      return (this.fail(name, `must be a duration such as 10s, at most ${maxMs / 1000} s`), otherwiseMs);
    return ms;
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.raw(name);
    if (value === undefined) return otherwise;
    if (value === true || value === "true") return true;
    if (value !== false && value !== "false") this.fail(name, "must be true or false");
    return false;
  }

  texts(name: string, isGood: (text: string) => boolean, what: string, countMax: number): readonly string[] {
    return this.#items(name, countMax).flatMap((item, index) => {
      if (typeof item === "string" && isGood(item)) return [item];
      return (this.fail(`${name}[${index}]`, `must be ${what}`), []);
    });
  }

  wholes(name: string, min: number, max: number, countMax: number): readonly number[] {
    const range = { min, max, whole: true };
    return this.#items(name, countMax).flatMap(
      (item, index) =>
        this.#numberOf(item, range) ?? (this.fail(`${name}[${index}]`, `must be ${rangeText(range)}`), []),
    );
  }

  /** A reader for each map of a list. */
  maps(name: string, countMax: number): readonly TreeReader[] {
    return this.#items(name, countMax).map(
      (item, index) => new TreeReader(item, this.at(`${name}[${index}]`), this.#problems),
    );
  }

  /** A reader for a map inside; one without fields when it is left out. */
  map(name: string): TreeReader {
    return new TreeReader(this.raw(name) ?? {}, this.at(name), this.#problems);
  }

  /** Fields that nobody asked for: a misspelt one would be silently without effect. */
  end(): void {
    for (const name of Object.keys(this.#fields))
      if (!this.#known.has(name))
        this.fail(name.slice(0, 64), `is no field here; there are: ${[...this.#known].join(", ")}`);
  }

  /** Names of a map's fields. */
  names(): readonly string[] {
    return Object.keys(this.#fields);
  }

  #items(name: string, countMax: number): readonly unknown[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) return (this.fail(name, "must be a list"), []);
    if (value.length > countMax) return (this.fail(name, `must have at most ${countMax} entries`), []);
    return value as readonly unknown[];
  }

  #numberOf(
    value: unknown,
    { min, max, whole }: { readonly min: number; readonly max: number; readonly whole: boolean },
  ): number | undefined {
    const parsed = typeof value === "string" && /^-?[0-9]{1,16}(?:\.[0-9]{1,6})?$/.test(value) ? Number(value) : value;
    if (typeof parsed !== "number" || !(parsed >= min && parsed <= max)) return undefined;
    return whole && !Number.isSafeInteger(parsed) ? undefined : parsed;
  }
}

const rangeText = ({
  min,
  max,
  whole,
}: {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}): string => `a ${whole ? "whole " : ""}number from ${min} to ${max}`;
