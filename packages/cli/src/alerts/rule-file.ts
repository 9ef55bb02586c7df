import { apiRule } from "@muster/core";
import type { CheckRule, RuleNames } from "@muster/core";
import type { RouteInput } from "@muster/protocol";
import { readWritten } from "../import/written-file.ts";
import type { Shell } from "../shell.ts";

/** A rule as the API takes it; whether it can be used is the hub's to say. */
export type RuleBody = RouteInput<"POST /api/v1/rules">["body"];

/** The rules of a file, as `readWritten`; with `check` it also throws for what the hub would refuse. */
export const readRules = (
  shell: Shell,
  path: string,
  names: RuleNames,
  check?: CheckRule,
): Promise<readonly RuleBody[]> =>
  readWritten(shell, path, "rule", (written) => {
    const read = apiRule(written, names);
    const checked = read.ok && check !== undefined ? check(read.rule) : read;
    return {
      thing: read.ok ? (read.rule as RuleBody) : undefined,
      problems: checked.ok ? {} : checked.problems,
    };
  });
