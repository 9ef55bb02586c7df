import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { PROBES } from "./component-probes.ts";
import type { Component } from "./component-probes.ts";

export type { Component } from "./component-probes.ts";

/** Registers a suite like vitest's `describe`. */
export type DescribeSuite = (title: string, suite: () => void) => void;

/**
 * For suites that need real things: `const describeLab = await needs("systemd-host", "chromium")` at the top of a test
 * file, then `describeLab("…", () => { … })`. Each component is really tried, once a run. Where one is missing the
 * suite becomes a single test: skipped with the reason, or failed when `CI=true`, because CI installs what it needs
 * and a hole there would otherwise look like success. Its hooks do not run.
 */
export async function needs(...components: readonly Component[]): Promise<DescribeSuite> {
  const missing: string[] = [];
  for (const component of components) {
    const why = await missingBecause(component);
    if (why !== undefined) missing.push(`${component}: ${why}`);
  }
  return suiteThatNeeds(missing, process.env["CI"] === "true");
}

/** Apart from `needs`, so that both outcomes can be shown by a test. */
export function suiteThatNeeds(missing: readonly string[], isCi: boolean): DescribeSuite {
  if (missing.length === 0) return (title, suite) => void describe(title, suite);
  const why = `needs ${missing.join("; ")}`;
  return (title) => {
    test(title, (context) => {
      if (isCi) throw new Error(`${why} (in CI a missing component is a failure)`);
      context.skip(why);
    });
  };
}

/** Why the component cannot be used here, or undefined when it works. Tried once a run, in whichever file asks first. */
export async function missingBecause(component: Component): Promise<string | undefined> {
  const directory = process.env["MUSTER_TEST_RUN_DIRECTORY"];
  const known = directory === undefined ? undefined : join(directory, `needs-${component}`);
  if (known !== undefined && existsSync(known)) return readFileSync(known, "utf8") || undefined;
  const why = await tried(component);
  if (known !== undefined) writeFileSync(known, why ?? "");
  return why;
}

async function tried(component: Component): Promise<string | undefined> {
  try {
    return await PROBES[component]();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
