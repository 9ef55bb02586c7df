import type { PublicState, PublicStatus, PublicThing, StatusPageLanguage, UptimeBar, UptimeSpan } from "@muster/core";
import { escapeHtml } from "../notify/text.ts";

const EN = {
  states: {
    up: "Working",
    degraded: "Degraded",
    down: "Not working",
    maintenance: "Maintenance",
    unknown: "Not known",
  },
  overall: {
    up: "All is working",
    degraded: "Some of it works worse than usual",
    down: "Some of it does not work",
    maintenance: "There is maintenance",
    unknown: "Of some of it nothing is known",
  },
  spans: { hours: "last 24 hours", days: "last 90 days" },
  was: (time: string, share: string) => `${time}: ${share}`,
  nothing: "nobody looked",
  incidents: "Open incidents",
  maintenance: "Maintenance",
  note: "Announcement",
  until: (time: string) => `until ${time}`,
  at: (time: string) => `As of ${time}. This page loads itself anew every minute.`,
  locale: "en-GB",
} as const;

type Texts = {
  readonly [K in keyof typeof EN]: (typeof EN)[K] extends (...given: never) => string
    ? (typeof EN)[K]
    : Wide<(typeof EN)[K]>;
};
type Wide<T> = T extends string ? string : { readonly [K in keyof T]: string };

const RU: Texts = {
  states: {
    up: "Работает",
    degraded: "Работает хуже",
    down: "Не работает",
    maintenance: "Обслуживание",
    unknown: "Неизвестно",
  },
  overall: {
    up: "Всё работает",
    degraded: "Часть работает хуже обычного",
    down: "Часть не работает",
    maintenance: "Идёт обслуживание",
    unknown: "О части ничего не известно",
  },
  spans: { hours: "последние 24 часа", days: "последние 90 дней" },
  was: (time, share) => `${time}: ${share}`,
  nothing: "не проверялось",
  incidents: "Открытые инциденты",
  maintenance: "Обслуживание",
  note: "Объявление",
  until: (time) => `до ${time}`,
  at: (time) => `На ${time}. Страница обновляется сама каждую минуту.`,
  locale: "ru-RU",
};

const TEXTS: Readonly<Record<StatusPageLanguage, Texts>> = { en: EN, ru: RU };

/** A state has a shape besides its colour. */
const MARKS: Readonly<Record<PublicState, string>> = {
  up: "●",
  degraded: "▲",
  down: "■",
  maintenance: "◆",
  unknown: "○",
};

export const STATUS_PAGE_STYLE = `
:root{color-scheme:light dark;--up:#2b8a3e;--degraded:#9a6700;--down:#c92a2a;--maintenance:#1c7ed6;--unknown:#5a5c66;--line:#8883}
@media(prefers-color-scheme:dark){:root{--up:#51cf66;--degraded:#fcc419;--down:#ff6b6b;--maintenance:#4dabf7;--unknown:#9da1ab}}
body{margin:0;font:15px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
main{max-width:44rem;margin:0 auto;padding:2rem 1rem}
h1{margin:0 0 .5rem;font-size:1.4rem}h2{margin:1.5rem 0 .25rem;font-size:1rem}
p{margin:.5rem 0;white-space:pre-line}ul{margin:0 0 1.5rem;padding:0;list-style:none}
li{padding:.75rem 0;border-top:1px solid var(--line)}
.row{display:flex;flex-wrap:wrap;gap:.25rem 1rem;justify-content:space-between}
.soft,footer{color:var(--unknown);font-size:.85rem}.overall{font-size:1.1rem;font-weight:600}
.said{margin:1rem 0;padding:.5rem 1rem;border-left:4px solid var(--maintenance);background:#8881}
svg{display:block;width:100%;height:26px;margin-top:.35rem}
.up{color:var(--up);fill:var(--up)}.degraded{color:var(--degraded);fill:var(--degraded)}.down{color:var(--down);fill:var(--down)}
.maintenance{color:var(--maintenance)}.unknown{color:var(--unknown);fill:var(--line)}`;

/** One page without scripts. Every text of people goes through `escapeHtml`. */
export function statusPageHtml(status: PublicStatus, language: StatusPageLanguage): string {
  const words = wordsOf(TEXTS[language]);
  const { texts } = words;
  const { name, text, announcement, state, at, things, incidents = [] } = status;
  const title = escapeHtml(name);
  return [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<meta name="robots" content="noindex"><meta http-equiv="refresh" content="60"><title>${title}</title><style>${STATUS_PAGE_STYLE}</style></head>`,
    `<body><main><h1>${title}</h1><p class="overall ${state}">${MARKS[state]} ${texts.overall[state]}</p>`,
    text === "" ? "" : `<p>${escapeHtml(text)}</p>`,
    announcement === null
      ? ""
      : `<div class="said"><strong>${texts[announcement.kind]}</strong>${
          announcement.until === null
            ? ""
            : ` <span class="soft">${texts.until(words.moment(announcement.until))}</span>`
        }<p>${escapeHtml(announcement.text)}</p></div>`,
    incidents.length === 0
      ? ""
      : `<h2>${texts.incidents}</h2><ul>${incidents.map((one) => `<li>${row(one, texts)}</li>`).join("")}</ul>`,
    `<ul>${things.map((thing) => `<li>${row(thing, texts)}${bars(thing, words)}</li>`).join("")}</ul>`,
    `<footer><p>${texts.at(words.moment(at))}</p></footer></main></body></html>`,
  ].join("");
}

type Words = ReturnType<typeof wordsOf>;

/** Numbers and times as one page says them, each put into words once: bars of all things are of the same times. */
function wordsOf(texts: Texts) {
  const { locale } = texts;
  const times = (style: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { ...style, timeZone: "UTC" });
    return once((at) => format.format(at));
  };
  // Rounded down, so that what was ever away is never whole.
  const share = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 2, roundingMode: "floor" });
  const moment = times({ dateStyle: "medium", timeStyle: "short" });
  return {
    texts,
    moment: (at: number): string => `${moment(at)} UTC`,
    share: once((ratio) => share.format(ratio)),
    hours: times({ dateStyle: "short", timeStyle: "short" }),
    days: times({ dateStyle: "medium" }),
  };
}

function once(write: (value: number) => string): (value: number) => string {
  const written = new Map<number, string>();
  return (value) => {
    const text = written.get(value) ?? write(value);
    written.set(value, text);
    return text;
  };
}

const row = ({ name, state }: Pick<PublicThing, "name" | "state">, texts: Texts): string =>
  `<div class="row"><span>${escapeHtml(name)}</span><span class="${state}">${MARKS[state]} ${texts.states[state]}</span></div>`;

const bars = (thing: PublicThing, words: Words): string =>
  (["hours", "days"] as const)
    .map((span) => {
      const shown = thing[span];
      return shown === undefined ? "" : spanBars(span, shown, words);
    })
    .join("");

const WIDTH = 6;
const HEIGHT = 26;
/** What was hardly ever away is not drawn as if it was down. */
const DEGRADED_FROM = 0.95;

function spanBars(span: UptimeSpan, shown: readonly UptimeBar[], { texts, share, ...times }: Words): string {
  const known = shown.flatMap(({ upRatio }) => upRatio ?? []);
  const mean = known.length === 0 ? texts.nothing : share(known.reduce((sum, one) => sum + one, 0) / known.length);
  const drawn = shown.map(({ from, upRatio }, index) => {
    const is = upRatio === null ? "unknown" : upRatio >= 1 ? "up" : upRatio >= DEGRADED_FROM ? "degraded" : "down";
    const height = is === "up" ? HEIGHT : is === "degraded" ? 18 : is === "down" ? 12 : 4;
    const said = texts.was(times[span](from), upRatio === null ? texts.nothing : share(upRatio));
    return `<rect class="${is}" x="${index * WIDTH}" y="${HEIGHT - height}" width="${WIDTH - 1}" height="${height}"><title>${said}</title></rect>`;
  });
  const label = `${texts.spans[span]}: ${mean}`;
  return `<svg role="img" aria-label="${label}" viewBox="0 0 ${shown.length * WIDTH} ${HEIGHT}" preserveAspectRatio="none">${drawn.join("")}</svg><div class="soft">${label}</div>`;
}
