/** Numbers, sizes and times as text, for one language. Units of bytes are IEC; `null` is an en dash: unknown, not zero. */
export interface Format {
  readonly locale: string;
  /** 0.873 → "87.3"; the unit stands in the header. */
  readonly percent: (ratio: number | null | undefined) => string;
  /** 0.873 → "87.3 %". */
  readonly percentWithUnit: (ratio: number | null | undefined) => string;
  readonly number: (value: number | null | undefined, fractionDigits?: number) => string;
  /** 1536 → "1.50 KiB", three figures. */
  readonly bytes: (bytes: number | null | undefined) => string;
  readonly bytesPerSecond: (bytes: number | null | undefined) => string;
  /** 525000 → "4.2 Mbit/s": bytes come in and bits are told, in powers of 1,000, as rates of video are. */
  readonly bitRate: (bytesPerSecond: number | null | undefined) => string;
  /** 25 → "25 fps". */
  readonly frameRate: (framesPerSecond: number | null | undefined) => string;
  /** 1234567 → "1.23 M", for counts on axes. */
  readonly compact: (value: number | null | undefined) => string;
  /** The two largest units: "3 d 4 h". */
  readonly duration: (ms: number | null | undefined) => string;
  /** The same without a rest of nothing, for lengths that somebody chose: "30 d". */
  readonly span: (ms: number | null | undefined) => string;
  /** 1234 → "1,234 ms", for what took or takes a moment. */
  readonly milliseconds: (ms: number) => string;
  /** "42 s ago"; what lies less than a second ago or ahead is "now". */
  readonly ago: (ms: number) => string;
  readonly dateTime: (instant: number) => string;
  readonly time: (instant: number) => string;
  readonly date: (instant: number) => string;
}

export const UNKNOWN = "–";

/** Of 1,024 each, by language. */
export const BYTE_UNITS: Readonly<Record<string, readonly string[]>> = {
  en: ["B", "KiB", "MiB", "GiB", "TiB", "PiB"],
  ru: ["Б", "КиБ", "МиБ", "ГиБ", "ТиБ", "ПиБ"],
};
const BIT_RATE_UNITS: Readonly<Record<string, readonly string[]>> = {
  en: ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"],
  ru: ["бит/с", "кбит/с", "Мбит/с", "Гбит/с"],
};
const FRAME_RATE_UNIT: Readonly<Record<string, string>> = { en: "fps", ru: "кадр/с" };
const PER_SECOND: Readonly<Record<string, string>> = { en: "/s", ru: "/с" };
const DURATION_UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

const isNumber = (value: number | null | undefined): value is number =>
  typeof value === "number" && !Number.isNaN(value);

/** Makes the formatters once for a language; the viewer's own time zone unless another is given. */
export function makeFormat(locale: string, timeZone?: string): Format {
  const zone = timeZone === undefined ? {} : { timeZone };
  const fixed = [0, 1, 2, 3].map(
    (digits) => new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  );
  const milliseconds = new Intl.NumberFormat(locale, {
    style: "unit",
    unit: "millisecond",
    unitDisplay: "short",
    maximumFractionDigits: 0,
  });
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumSignificantDigits: 3 });
  const units = DURATION_UNITS.map(
    ([unit]) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }),
  );
  // The narrow form of English is the readable one; that of Russian loses the word "ago".
  const relative = new Intl.RelativeTimeFormat(locale, {
    style: locale === "en" ? "narrow" : "short",
    numeric: "auto",
  });
  const dateTime = new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "medium",
    hourCycle: "h23",
    ...zone,
  });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: "medium", hourCycle: "h23", ...zone });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: "medium", ...zone });
  const byteUnits = BYTE_UNITS[locale] ?? BYTE_UNITS["en"]!;
  const bitRateUnits = BIT_RATE_UNITS[locale] ?? BIT_RATE_UNITS["en"]!;
  const frameRateUnit = FRAME_RATE_UNIT[locale] ?? FRAME_RATE_UNIT["en"]!;
  const perSecond = PER_SECOND[locale] ?? PER_SECOND["en"]!;

  const number = (value: number | null | undefined, fractionDigits = 0): string =>
    isNumber(value) ? (fixed[fractionDigits] ?? fixed[3]!).format(value) : UNKNOWN;
  const bytes = (value: number | null | undefined): string => {
    if (!isNumber(value)) return UNKNOWN;
    let scaled = Math.abs(value);
    let power = 0;
    // 999.5 would be written with four figures, so the next unit begins there.
    while (scaled >= 999.5 && power < byteUnits.length - 1) {
      scaled /= 1_024;
      power++;
    }
    const digits = power === 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
    return `${value < 0 ? "−" : ""}${fixed[digits]!.format(scaled)} ${byteUnits[power]!}`;
  };
  const bitRate = (bytesPerSecond: number | null | undefined): string => {
    if (!isNumber(bytesPerSecond)) return UNKNOWN;
    let scaled = bytesPerSecond * 8;
    let power = 0;
    while (scaled >= 999.5 && power < bitRateUnits.length - 1) {
      scaled /= 1_000;
      power++;
    }
    return `${number(scaled, power < 2 || scaled >= 99.95 ? 0 : 1)} ${bitRateUnits[power]!}`;
  };
  const duration = (ms: number | null | undefined): string => {
    if (!isNumber(ms)) return UNKNOWN;
    let seconds = Math.max(0, Math.floor(ms / 1_000));
    const parts: string[] = [];
    for (const [index, [, size]] of DURATION_UNITS.entries()) {
      const count = Math.floor(seconds / size);
      seconds -= count * size;
      if (count > 0 || parts.length > 0 || size === 1) parts.push(units[index]!.format(count));
      if (parts.length === 2) break;
    }
    return parts.join(" ");
  };
  return {
    locale,
    number,
    bytes,
    bitRate,
    duration,
    span: (ms) => duration(ms).replace(/\s0\D*$/, ""),
    milliseconds: (ms) => milliseconds.format(ms),
    percent: (ratio) => (isNumber(ratio) ? number(ratio * 100, 1) : UNKNOWN),
    percentWithUnit: (ratio) => (isNumber(ratio) ? `${number(ratio * 100, 1)} %` : UNKNOWN),
    bytesPerSecond: (value) => (isNumber(value) ? `${bytes(value)}${perSecond}` : UNKNOWN),
    frameRate: (value) => (isNumber(value) ? `${number(value)} ${frameRateUnit}` : UNKNOWN),
    compact: (value) => (isNumber(value) ? compact.format(value) : UNKNOWN),
    ago(ms) {
      const seconds = Math.floor(ms / 1_000);
      if (seconds < 1) return relative.format(0, "second");
      for (const [unit, size] of DURATION_UNITS) {
        if (seconds >= size) return relative.format(-Math.floor(seconds / size), unit);
      }
      return relative.format(0, "second");
    },
    dateTime: (instant) => dateTime.format(instant),
    time: (instant) => time.format(instant),
    date: (instant) => date.format(instant),
  };
}
