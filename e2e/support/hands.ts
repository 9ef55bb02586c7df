import type { Browser } from "./browser.ts";

/** What a test does at a page of a browser that another test may replace: things are found by their test ids. */
export function handsAt(browser: () => Browser, address: () => string) {
  const page = () => browser().page;
  const at = (id: string) => page().getByTestId(id);
  return {
    page,
    at,
    look: (path: string) => page().goto(address() + path),
    press: (id: string) => at(id).click(),
    fill: (id: string, text: string) => at(id).fill(text),
    /** Test id of what has the focus. */
    focused: () => page().locator(":focus").getAttribute("data-testid"),
  };
}
