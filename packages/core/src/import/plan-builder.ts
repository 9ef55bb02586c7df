import { SERVER_TAGS_MAX } from "../server-name.ts";
import { parseDefinition } from "../services/definitions/index.ts";
import {
  NAME_CHARACTERS_MAX,
  NOTES_CHARACTERS_MAX,
  definitionNameFrom,
  notesFrom,
  printable,
  quoted,
  serverNameFrom,
  serverTagFrom,
} from "./foreign-text.ts";
import { IMPORT_LIMITS } from "./plan.ts";
import type { ImportPlan, PlannedDefinition, PlannedLink, PlannedServer, PlannedSettings } from "./plan.ts";

/** A server as a reader found it: texts as they are in the source. */
export interface FoundServer {
  /** The first of these that can be a name is taken. */
  readonly names: readonly string[];
  readonly tags?: readonly string[];
  readonly notes?: string;
  readonly link: PlannedLink;
  readonly secret?: string;
}

/** A service as a reader found it. */
export interface FoundDefinition {
  readonly driver: "process" | "tmux";
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const SECRET_CHARACTERS_MAX = 4_096;

/** Gathers a plan: makes names valid and unique, keeps to the limits, and tells what it had to change. */
export class PlanBuilder {
  readonly #servers: PlannedServer[] = [];
  readonly #definitions: PlannedDefinition[] = [];
  readonly #serverNames = new Names();
  readonly #definitionNames = new Names();
  readonly #ignored = new Map<string, { readonly what: string; readonly why: string; count: number }>();
  readonly #problems: { readonly where: string; readonly problem: string }[] = [];
  #settings: PlannedSettings = {};
  #untoldProblems = 0;
  #untoldIgnored = 0;
  #isFull = false;

  /** Both are made printable: names of fields come from the file, too. */
  problem(where: string, problem: string): void {
    if (this.#problems.length < IMPORT_LIMITS.linesMax)
      this.#problems.push({ where: printable(where), problem: printable(problem) });
    else this.#untoldProblems++;
  }

  ignore(what: string, why: string): void {
    const key = `${what}\n${why}`;
    const known = this.#ignored.get(key);
    if (known) known.count++;
    else if (this.#ignored.size < IMPORT_LIMITS.linesMax)
      this.#ignored.set(key, { what: printable(what), why: printable(why), count: 1 });
    else this.#untoldIgnored++;
  }

  setting(settings: PlannedSettings): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  /** Whether no more servers are taken; said once, at the first that is too many. */
  isFull(where: string): boolean {
    if (this.#servers.length < IMPORT_LIMITS.serversMax) return false;
    if (!this.#isFull)
      this.problem(where, `from here on left out: at most ${IMPORT_LIMITS.serversMax} servers come in at a time`);
    return (this.#isFull = true);
  }

  /** Plans a server under a valid and unique name, which it gives; undefined when it had to be left out. */
  server(where: string, found: FoundServer): string | undefined {
    if (this.isFull(where)) return undefined;
    const named = found.names
      .map((each) => ({ each, name: serverNameFrom(each) }))
      .find(({ name }) => name !== undefined);
    if (named?.name === undefined) {
      this.problem(where, "left out: nothing there can be a server's name");
      return undefined;
    }
    if (found.secret !== undefined && found.secret.length > SECRET_CHARACTERS_MAX) {
      this.problem(where, `left out: its secret has more than ${SECRET_CHARACTERS_MAX} characters`);
      return undefined;
    }
    const name = this.#serverNames.take(named.name);
    const wanted = found.names[0] ?? "";
    if (name !== wanted) this.problem(where, `will be called ${name}${wanted === "" ? "" : `, not ${quoted(wanted)}`}`);
    if ((found.notes ?? "").length > NOTES_CHARACTERS_MAX)
      this.problem(where, `its notes end after ${NOTES_CHARACTERS_MAX} characters`);
    this.#servers.push({
      name,
      tags: this.#tags(where, found.tags ?? []),
      notes: notesFrom(found.notes ?? ""),
      link: found.link,
      ...(found.secret !== undefined && found.secret !== "" && { secret: found.secret }),
    });
    return name;
  }

  /** Plans a definition if the hub would take it. It is never started by the import, since it may be running already. */
  definition(where: string, { driver, name: wanted, fields: found }: FoundDefinition): void {
    if (this.#definitions.length >= IMPORT_LIMITS.definitionsMax)
      return this.problem(where, `left out: at most ${IMPORT_LIMITS.definitionsMax} services come in at a time`);
    const valid = definitionNameFrom(driver, wanted);
    if (valid === undefined) return this.problem(where, "left out: nothing there can be a service's name");
    const unnamed = { driver, autostart: false, ...found };
    const parsed = parseDefinition({ ...unnamed, name: valid }, "hub");
    if (!parsed.ok) return this.problem(where, `left out: ${parsed.problems.join("; ")}`);
    const name = this.#definitionNames.take(valid);
    if (name !== wanted) this.problem(where, `will be called ${name}, not ${quoted(wanted)}`);
    this.#definitions.push({ name, fields: { ...unnamed, name } });
  }

  /** The whole plan. */
  finish(): ImportPlan {
    const ignored = [...this.#ignored.values()].map(({ what, why, count }) => ({
      what: count === 1 ? what : `${what} (${count} times)`,
      why,
    }));
    if (this.#untoldIgnored > 0)
      ignored.push({ what: `${this.#untoldIgnored} more`, why: "the list of what is ignored ends here" });
    const problems = [...this.#problems];
    if (this.#untoldProblems > 0)
      problems.push({ where: "file", problem: `${this.#untoldProblems} more problems are not listed` });
    return {
      servers: this.#servers,
      definitions: this.#definitions,
      settings: this.#settings,
      ignored,
      problems,
    };
  }

  #tags(where: string, found: readonly string[]): readonly string[] {
    const tags = new Set<string>();
    for (const each of found) {
      const tag = serverTagFrom(each);
      if (tag === undefined) {
        this.ignore(`tag ${quoted(each)}`, "no character of it can stand in a tag");
      } else if (tags.size === SERVER_TAGS_MAX && !tags.has(tag)) {
        this.problem(where, `keeps ${SERVER_TAGS_MAX} tags; ${quoted(each)} and those behind it are left out`);
        break;
      } else tags.add(tag);
    }
    return [...tags];
  }
}

/** Gives each name once: one that is taken gets a number behind it. */
class Names {
  /** Of a name that was wanted, the last number tried. */
  readonly #numbers = new Map<string, number>();

  take(name: string): string {
    let number = this.#numbers.get(name) ?? 0;
    let free = name;
    while (this.#numbers.has(free)) {
      const end = `-${(number = Math.max(number, 1) + 1)}`;
      free = `${Array.from(name)
        .slice(0, NAME_CHARACTERS_MAX - end.length)
        .join("")}${end}`;
    }
    this.#numbers.set(name, number);
    if (free !== name) this.#numbers.set(free, 0);
    return free;
  }
}
