import { AxeBuilder } from "@axe-core/playwright";
import type { Browser } from "./browser.ts";

const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

/** Schemes and windows in which every page is looked at. */
export const LOOKS = [
  ["dark", "wide", WIDE],
  ["light", "wide", WIDE],
  ["dark", "phone", PHONE],
  ["light", "phone", PHONE],
] as const;

/**
 * Where time is short each window is seen in one scheme: what stands where is the same in both, and so are the colours in
 * both windows.
 */
const isTimeShort = process.env["CI"] === "true";
const looksNow = isTimeShort ? [LOOKS[0], LOOKS[3]] : LOOKS;

/** Looks in which pages in Russian are seen: its longer words first have no room on a phone. */
export const RUSSIAN_LOOKS = isTimeShort ? [LOOKS[2]] : [LOOKS[0], LOOKS[2]];

/** What is wider than the window; empty when nothing is. */
export const widthProblem = (browser: Browser): Promise<string> =>
  browser.page.evaluate<string>(`(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const content = document.getElementById("content");
    const inner = content && content.scrollWidth > content.clientWidth ? "content " + content.scrollWidth + " > " + content.clientWidth : "";
    if (scrollWidth <= clientWidth && inner === "") return "";
    const wide = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
    return inner + " " + scrollWidth + " > " + clientWidth + ": " + wide.slice(0, 5).map((one) => one.tagName + "." + one.className).join(", ");
  })()`);

/** Serious faults of access. In the second colour scheme the markup is the same, and only contrast is looked at. */
export async function axeProblems(browser: Browser, scheme: "dark" | "light"): Promise<readonly string[]> {
  // In one frame, and only what is wrong: half the time.
  const axe = new AxeBuilder({ page: browser.page })
    .setLegacyMode()
    .options({ resultTypes: ["violations"], preload: false });
  const { violations } = await (scheme === "dark" ? axe : axe.withRules("color-contrast")).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`)
          .join("; ")}`,
    );
}

/** A page, and how it is brought to what is looked at. */
export interface LookedAt {
  readonly name: string;
  readonly path: string;
  /** Test id of what is there once it is loaded. */
  readonly there: string;
  /** Fills in and opens what it keeps closed, and waits for it. */
  readonly prepare?: (page: Browser["page"]) => Promise<void>;
}

/** Opens what a page keeps closed, and waits for what is there then. */
export const press =
  (id: string, opens?: string) =>
  async (page: Browser["page"]): Promise<void> => {
    await page.getByTestId(id).first().click();
    if (opens !== undefined) await page.getByTestId(opens).first().waitFor();
  };

/** Each look with a few of the pages: looking one through for faults of access takes seconds on a busy machine. */
export const lookRuns = (pages: readonly LookedAt[], atOnce: number) =>
  looksNow.flatMap(([scheme, size, viewport]) =>
    Array.from({ length: Math.ceil(pages.length / atOnce) }, (_, run) => {
      const some = pages.slice(run * atOnce, (run + 1) * atOnce);
      return [scheme, size, some.map(({ name }) => name).join(", "), some, viewport] as const;
    }),
  );

/** Brings a page to what is looked at, and keeps a picture of it. */
async function bringTo(browser: Browser, address: string, { path, there, prepare }: LookedAt, picture: string) {
  await browser.page.goto(address + path);
  await browser.page.getByTestId(there).first().waitFor();
  await prepare?.(browser.page);
  await browser.picture(picture);
}

/** Looks at pages, keeps a picture of each (`d-ssh-keys-phone-dark`), and tells what is wrong, a line each. */
export async function faultsOf(
  browser: Browser,
  address: string,
  pages: readonly LookedAt[],
  look: { readonly prefix: string; readonly size: "wide" | "phone"; readonly scheme: "dark" | "light" },
): Promise<readonly string[]> {
  const { prefix, size, scheme } = look;
  const faults: string[] = [];
  for (const page of pages) {
    await bringTo(browser, address, page, `${prefix}${page.name}-${size}-${scheme}`);
    // The markup is the same on a phone.
    const found = [await widthProblem(browser), ...(size === "wide" ? await axeProblems(browser, scheme) : [])];
    for (const fault of found) if (fault !== "") faults.push(`${page.name}: ${fault}`);
  }
  return [...faults, ...browser.complaints];
}

/** Looks at pages in Russian, keeps a picture of each, and tells what is wider than its window, a line each. */
export async function russianFaultsOf(
  browser: Browser,
  address: string,
  pages: readonly LookedAt[],
  { prefix, size }: { readonly prefix: string; readonly size: "wide" | "phone" },
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const page of pages) {
    await bringTo(browser, address, page, `${prefix}${page.name}-${size}-ru`);
    const fault = await widthProblem(browser);
    if (fault !== "") faults.push(`${page.name}: ${fault}`);
  }
  return [...faults, ...browser.complaints];
}
