/** What a check can find; each has its meaning and what to do in `FINDINGS`. */
export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  /** damage: something is lost or wrong. remark: nothing is lost. */
  readonly weight: "damage" | "remark";
  /** How often. */
  readonly count: number;
  /** The first few places. */
  readonly places: readonly string[];
  readonly meaning: string;
  readonly remedy: string;
}

const PLACES_MAX = 5;
const RESTORE = "Restore a backup, or export what is left with `muster store export` and import it into a new file.";
const REBUILD = "Export the store with `muster store export` and import it into a new file: counts are made anew.";
const WAIT = "Nothing: the hub goes on with it at its next start.";

/** Meaning and remedy of each finding. Codes are part of `--json` and never reused. */
export const FINDINGS = {
  "file-damaged": ["damage", "SQLite finds the file itself damaged; any answer may be wrong.", RESTORE],
  "block-damaged": [
    "damage",
    "A sealed block does not have the bytes that were written. What it held is lost; queries that need it are refused.",
    RESTORE,
  ],
  "block-set-aside": [
    "damage",
    "A damaged block was found earlier and taken out of the way. What it held is lost.",
    "Nothing more: its bytes stay in the file until its server is deleted.",
  ],
  "block-miscounted": ["damage", "A block holds another number of samples than is written beside it.", REBUILD],
  "block-misplaced": ["damage", "A block holds samples outside of the time it is filed under.", REBUILD],
  "block-overlap": ["damage", "Two blocks of a server cover the same time, so samples may count twice.", REBUILD],
  "frame-damaged": ["damage", "A reading that waits to be sealed cannot be understood; it is lost.", RESTORE],
  "frame-sealed-too": ["damage", "A sample is in a block and waits to be sealed as well, so it counts twice.", REBUILD],
  "tally-wrong": ["damage", "The number of samples that the store tells is not the number it has.", REBUILD],
  "stock-wrong": ["damage", "What a day is said to hold is not what it holds; the size budget works with it.", REBUILD],
  "receipt-disorder": [
    "damage",
    "The numbers of stored batches contradict each other; a batch may be refused or stored again.",
    RESTORE,
  ],
  orphan: ["damage", "Rows belong to a server that is not there; they only take space.", REBUILD],
  "layout-orphan": ["damage", "A layout names a series that is not there; its values have no name.", REBUILD],
  "deletion-unfinished": ["remark", "A server's deletion was cut short by a stop.", WAIT],
  "log-left": ["remark", "The hub did not close this file; the newest commits are in the log beside it.", WAIT],
} as const satisfies Record<string, readonly [Finding["weight"], string, string]>;

/** Gathers what is found. */
export class Findings {
  readonly #found = new Map<FindingCode, { count: number; readonly places: string[] }>();

  add(code: FindingCode, place: string): void {
    const found = this.#found.get(code) ?? { count: 0, places: [] };
    found.count++;
    if (found.places.length < PLACES_MAX) found.places.push(place);
    this.#found.set(code, found);
  }

  /** In the order of `FINDINGS`. */
  list(): readonly Finding[] {
    return (Object.keys(FINDINGS) as FindingCode[]).flatMap((code) => {
      const found = this.#found.get(code);
      const [weight, meaning, remedy] = FINDINGS[code];
      return found === undefined ? [] : [{ code, weight, ...found, meaning, remedy }];
    });
  }
}
