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

/** Serious faults of access. In the second colour scheme the markup is the same, and only contrast is another. */
export async function axeProblems(browser: Browser, scheme: "dark" | "light"): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page: browser.page });
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
