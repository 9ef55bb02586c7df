import type { ServiceDefinition } from "@muster/core";
import { isTree, readAt } from "./tree.ts";
import type { Tree } from "./tree.ts";

export interface DefinitionProblem {
  /** Where it is, such as `restart.when` or `command`. */
  readonly path: string;
  readonly message: string;
}

export type ParsedDefinition =
  | { readonly ok: true; readonly definition: Tree }
  | { readonly ok: false; readonly problems: readonly DefinitionProblem[] };

const NAME = /^[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const FIELDS: Readonly<Record<keyof ServiceDefinition, true>> = {
  driver: true,
  name: true,
  description: true,
  kind: true,
  command: true,
  directory: true,
  user: true,
  environment: true,
  secrets: true,
  ports: true,
  urls: true,
  autostart: true,
  dependsOn: true,
  ready: true,
  stop: true,
  restart: true,
  checks: true,
  logs: true,
  limits: true,
};
const WHEN = ["never", "on-failure", "always", "on-unhealthy"];

type Check = (value: unknown, tree: Tree) => string | undefined;
const texts =
  (holds: (text: string) => boolean, message: string): Check =>
  (value) =>
    value === undefined || (Array.isArray(value) && value.every((one) => typeof one === "string" && holds(one)))
      ? undefined
      : message;
const whole =
  (least: number, most: number): Check =>
  (value) =>
    value === undefined || (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most)
      ? undefined
      : `must be a whole number from ${least} to ${most}`;

/** What can be told without the server; it looks at everything again, and decides. */
const CHECKS: readonly (readonly [string, Check])[] = [
  ["driver", (value) => (value === "process" || value === "tmux" ? undefined : "must be process or tmux")],
  [
    "name",
    (value) =>
      typeof value === "string" && NAME.test(value) ? undefined : "must be 1 to 64 of A-Z, a-z, 0-9, _ @ . -",
  ],
  [
    "command",
    (value) =>
      Array.isArray(value) &&
      typeof value[0] === "string" &&
      value[0].startsWith("/") &&
      value.every((one) => typeof one === "string")
        ? undefined
        : "must begin with the absolute path of a program",
  ],
  [
    "directory",
    (value) =>
      value === undefined || (typeof value === "string" && value.startsWith("/"))
        ? undefined
        : "must be an absolute path",
  ],
  [
    "user",
    (value) =>
      value === undefined || value === null || (typeof value === "string" && value !== "")
        ? undefined
        : "must be a user name",
  ],
  [
    "environment",
    (value) =>
      value === undefined ||
      (isTree(value) && Object.entries(value).every(([name, one]) => VARIABLE.test(name) && typeof one === "string"))
        ? undefined
        : "must be variables as NAME=value",
  ],
  ["secrets", texts((name) => VARIABLE.test(name), "must be names of variables")],
  [
    "ports",
    (value) =>
      value === undefined ||
      (Array.isArray(value) && value.every((port) => Number.isInteger(port) && port >= 1 && port <= 65_535))
        ? undefined
        : "must be numbers from 1 to 65535",
  ],
  ["urls", texts((url) => /^https?:\/\//.test(url) && URL.canParse(url), "must be http or https addresses")],
  ["dependsOn", texts((name) => NAME.test(name), "must be names of services")],
  [
    "restart.when",
    (value) => (value === undefined || WHEN.includes(String(value)) ? undefined : `must be one of ${WHEN.join(", ")}`),
  ],
  ["restart.restartsMax", whole(0, 1_000)],
  ["restart.delayMs", whole(0, 3_600_000)],
  ["stop.graceMs", whole(0, 3_600_000)],
  [
    "limits.memoryBytesMax",
    (value, tree) => (value === null ? undefined : whole(1_048_576, Number.MAX_SAFE_INTEGER)(value, tree)),
  ],
];

/** Looks through a definition before it is sent. Problems carry the path of the field that they are of. */
export function parseDefinition(tree: unknown): ParsedDefinition {
  if (!isTree(tree)) return { ok: false, problems: [{ path: "", message: "must be an object" }] };
  const unknown = Object.keys(tree)
    .filter((name) => !(name in FIELDS))
    .map((path): DefinitionProblem => ({ path, message: "unknown field" }));
  const wrong = CHECKS.flatMap(([path, check]): readonly DefinitionProblem[] => {
    const message = check(readAt(tree, path), tree);
    return message === undefined ? [] : [{ path, message }];
  });
  const problems = [...unknown, ...wrong];
  return problems.length === 0 ? { ok: true, definition: tree } : { ok: false, problems };
}
