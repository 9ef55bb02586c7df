import type { ActingHost } from "../../host.ts";
import { markOf, MARK_BYTES } from "./file-cursor.ts";
import type { FilePlace } from "./file-cursor.ts";

/** A file of the chain: the one with the name, and those that were put aside under it. */
export interface ChainFile {
  readonly path: string;
  readonly identity: string;
  readonly sizeBytes: number;
}

/** Files put aside that are looked at; what is older is gone for reading on. */
const CHAIN_MAX = 32;

/**
 * A log file with those that rotation put aside: `NAME.1`, `NAME-20260101`, `STEM-20260101.EXT`. They hold what was
 * written to the file itself, which is why reading on in them needs no entry of their own in the policy.
 */
export class RotatedFiles {
  readonly #host: ActingHost;
  readonly path: string;
  readonly #directory: string;
  readonly #aside: RegExp;

  constructor(host: ActingHost, path: string) {
    this.#host = host;
    this.path = path;
    const slash = path.lastIndexOf("/");
    this.#directory = path.slice(0, slash) || "/";
    const base = path.slice(slash + 1);
    const dot = base.lastIndexOf(".");
    const [stem, ending] = dot > 0 ? [base.slice(0, dot), base.slice(dot)] : [base, ""];
    const number = "(\\d{1,4}|\\d{8}(?:[-_.T]?\\d{2,10})?|\\d{4}-\\d\\d-\\d\\d(?:[-_.T]?\\d{2,10})?)";
    this.#aside = new RegExp(
      `^(?:${escaped(base)}[.-]${number}|${escaped(stem)}[.-]${number}${escaped(ending)})$`,
      "u",
    );
  }

  /** Newest first: the file itself, then those put aside. Undefined places are left out. */
  async chain(): Promise<readonly ChainFile[]> {
    const names = (await this.#host.listDirectory(this.#directory)) ?? [];
    const aside = names.flatMap((name) => {
      const found = this.#aside.exec(name);
      return found === null ? [] : [{ name, age: found[1] ?? found[2]! }];
    });
    aside.sort((a, b) => compareAges(a.age, b.age));
    const prefix = this.#directory === "/" ? "/" : `${this.#directory}/`;
    const paths = [this.path, ...aside.slice(0, CHAIN_MAX).map(({ name }) => `${prefix}${name}`)];
    const files = await Promise.all(
      paths.map(async (path) => {
        const part = await this.#host.readPart(path, 0, 0);
        return part && { path, identity: part.identity, sizeBytes: part.sizeBytes };
      }),
    );
    return files.filter((file) => file !== undefined);
  }

  /** The file of the chain that has this place: the same file, or else a copy of what it was. */
  async find(place: FilePlace, chain: readonly ChainFile[]): Promise<ChainFile | undefined> {
    const fitting: ChainFile[] = [];
    for (const file of chain) if (await this.#has(file, place)) fitting.push(file);
    return fitting.find(({ identity }) => identity === place.identity) ?? (place.offset > 0 ? fitting[0] : undefined);
  }

  async #has(file: ChainFile, { offset, mark }: FilePlace): Promise<boolean> {
    if (file.sizeBytes < offset) return false;
    const from = Math.max(0, offset - MARK_BYTES);
    const part = await this.#host.readPart(file.path, from, offset - from);
    return part !== undefined && part.identity === file.identity && markOf(part.bytes) === mark;
  }
}

/** Numbers grow with age, dates shrink; dates before numbers cannot be told apart and stand first. */
function compareAges(a: string, b: string): number {
  const isDate = (age: string): boolean => age.length >= 8;
  if (isDate(a) !== isDate(b)) return isDate(a) ? -1 : 1;
  if (isDate(a)) return a < b ? 1 : a > b ? -1 : 0;
  return Number(a) - Number(b);
}

const escaped = (text: string): string =>
  text.replace(/[^A-Za-z0-9_]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
