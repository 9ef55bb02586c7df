import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "@muster/testkit";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";
import { evidenceDirectory } from "./evidence.ts";

export interface BrowserOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
  readonly locale?: string;
}

/** A Chromium with a profile of its own, and everything it complained about. */
export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Violations of the content security policy, errors on the console and uncaught exceptions, each with its page. */
  readonly complaints: readonly string[];
  /** Takes away the complaints that a test provoked itself, such as a refused sign-in; throws when there was none. */
  forgive(pattern: RegExp): void;
  /** Saves a picture of the page to test-evidence/screens/ and gives its path. */
  picture(name: string, options?: { readonly wholePage?: boolean }): Promise<string>;
}

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Told to the page's own console, where `complaints` hears it. */
const REPORT_VIOLATIONS = `addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP violation: " + event.violatedDirective + " " + event.blockedURI + " " + event.sample));`;

export async function openBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const profile = await temporaryDirectory("profile");
  const context = await chromium.launchPersistentContext(profile.path, {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: FLAGS,
    viewport: { width: options.width ?? 1440, height: options.height ?? 900 },
    colorScheme: options.scheme ?? "dark",
    locale: options.locale ?? "en-GB",
    timezoneId: "UTC",
    ignoreHTTPSErrors: true,
  });
  context.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  await context.addInitScript(REPORT_VIOLATIONS);
  const watch = (page: Page): void => {
    page.on("console", (message) => {
      const about = message.location().url;
      // A page asks who is signed in, and nobody is an answer; Chromium writes it down as an error all the same.
      if (about.endsWith("/api/v1/me") && message.text().includes("status of 401")) return;
      if (message.type() === "error") complaints.push(`${message.text()} (${page.url()}, ${about})`);
    });
    page.on("pageerror", (error) => complaints.push(`uncaught ${error.stack ?? error.message} (${page.url()})`));
  };
  context.pages().forEach(watch);
  context.on("page", watch);
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    context,
    page,
    complaints,
    forgive(pattern) {
      const kept = complaints.filter((complaint) => !pattern.test(complaint));
      if (kept.length === complaints.length)
        throw new Error(`nothing to forgive by ${String(pattern)}: ${complaints.join("; ") || "no complaints"}`);
      complaints.splice(0, complaints.length, ...kept);
    },
    async picture(name, { wholePage = false } = {}) {
      const directory = join(evidenceDirectory, "screens");
      await mkdir(directory, { recursive: true });
      const path = join(directory, `${name}.png`);
      await page.screenshot({ path, fullPage: wholePage, animations: "disabled" });
      return path;
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      await profile[Symbol.asyncDispose]();
    },
  };
}
