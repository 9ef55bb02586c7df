export type HostRange =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly why: string };

const CHARACTERS_MAX = 256;

/**
 * The names that a pattern of Ansible's stands for: `web[01:20]`, `db-[a:f]`, every second with `[1:9:2]`, several in one
 * name. No more than `namesMax`.
 */
export function hostRange(pattern: string, namesMax: number): HostRange {
  if (pattern.length > CHARACTERS_MAX) return { ok: false, why: `its name has more than ${CHARACTERS_MAX} characters` };
  let names = [""];
  let rest = pattern;
  for (;;) {
    // A bracket without a range belongs to an address of IPv6.
    const found = /\[([0-9A-Za-z]*):([0-9A-Za-z]*)(?::([0-9]+))?\]/.exec(rest);
    const texts = found === null ? undefined : countedTexts(found, namesMax);
    if (found === null || texts === undefined) return { ok: true, names: names.map((name) => name + rest) };
    if (!texts.ok) return texts;
    if (names.length * texts.names.length > namesMax) return tooMany(namesMax);
    const before = rest.slice(0, found.index);
    names = names.flatMap((name) => texts.names.map((text) => name + before + text));
    rest = rest.slice(found.index + found[0].length);
  }
}

const tooMany = (namesMax: number): HostRange => ({ ok: false, why: `its range has more than ${namesMax} names` });
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** What stands between the brackets, counted out; undefined where it is no range. */
function countedTexts(
  [, first = "", last = "", stepText = "1"]: RegExpExecArray,
  namesMax: number,
): HostRange | undefined {
  const step = Number(stepText);
  const wrong: HostRange = { ok: false, why: "its range does not go from a smaller to a greater number or letter" };
  if (step < 1) return wrong;
  if (/^[0-9]{0,9}$/.test(first) && /^[0-9]{1,9}$/.test(last)) {
    const [from, to] = [Number(first), Number(last)];
    if (to < from) return wrong;
    if ((to - from) / step + 1 > namesMax) return tooMany(namesMax);
    // A leading zero means that all have as many digits.
    const width = first.length > 1 && first.startsWith("0") ? first.length : 0;
    if (width > 0 && width !== last.length)
      return { ok: false, why: "both ends of its range must have as many digits" };
    const names = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) =>
      String(from + index * step).padStart(width, "0"),
    );
    return { ok: true, names };
  }
  if (first.length !== 1 || last.length !== 1) return undefined;
  const alphabet = first === first.toUpperCase() ? LETTERS.toUpperCase() : LETTERS;
  const [from, to] = [alphabet.indexOf(first), alphabet.indexOf(last)];
  if (from < 0 || to < from) return wrong;
  return { ok: true, names: Array.from(alphabet.slice(from, to + 1)).filter((_, index) => index % step === 0) };
}
