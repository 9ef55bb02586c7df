import { FORMER_ACTION_NAMES, isActionName } from "../actions/catalog.ts";
import type { ActionName } from "../actions/catalog.ts";
import { DRIVER_NAMES } from "../services/service.ts";
import { SIGNAL_NAMES } from "../services/signal-names.ts";
import { isHost } from "../links/host-and-port.ts";
import { isExactName, isPlainPath, isPlainValue, isProgramArgument } from "./exact-text.ts";
import type { Policy, PolicyEntry, PolicyRate, ProbeProgram, ScriptArg } from "./policy.ts";

/** What the strict YAML reader yields: only text, lists and maps (the failsafe schema has no numbers). */
export type Tree = string | null | readonly Tree[] | { readonly [key: string]: Tree };

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly string[] };

type Fields = { readonly [key: string]: Tree };
type EntryField = keyof PolicyEntry | "timeout" | "minInterval";

/** Which conditions an entry of each action may and must carry; anything else is a typing error and refuses the whole file. */
const LIMITS = ["max", "minInterval", "require"] as const;
const OF_SERVICE = { must: ["driver", "names"], may: LIMITS } as const;
const OF_CONTAINER = { must: ["names"], may: LIMITS } as const;
const ENTRY_FIELDS: Record<ActionName, { readonly must: readonly EntryField[]; readonly may: readonly EntryField[] }> =
  {
    "agent.ping": { must: [], may: [] },
    "service.start": OF_SERVICE,
    "service.stop": OF_SERVICE,
    "service.restart": OF_SERVICE,
    "service.reload": OF_SERVICE,
    "service.enable": OF_SERVICE,
    "service.disable": OF_SERVICE,
    "service.reset": OF_SERVICE,
    "service.define": { must: ["driver", "names", "programs"], may: ["users", ...LIMITS] },
    "service.undefine": OF_SERVICE,
    "container.pause": OF_CONTAINER,
    "container.unpause": OF_CONTAINER,
    "container.kill": { must: ["names", "signals"], may: LIMITS },
    "process.kill": { must: ["users", "signals"], may: LIMITS },
    "exec.run": { must: ["name", "exec"], may: ["args", "timeout", ...LIMITS] },
    "logs.read": { must: ["driver"], may: ["names", "files", ...LIMITS] },
    "server.reboot": { must: [], may: LIMITS },
    shell: { must: ["require"], may: [] },
  };

/** Where logs are read from, a plain file stands beside the drivers. */
const DRIVERS: readonly string[] = [...DRIVER_NAMES, "file"];
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const NAME = /^[A-Za-z0-9_@:.\\-]{1,255}$/;
const HOST_PORT = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$/;
const HTTP_URL = /^https?:\/\/[^\s]{1,2000}$/;

const isFields = (tree: Tree | undefined): tree is Fields =>
  typeof tree === "object" && tree !== null && !Array.isArray(tree);

/** Milliseconds of `10m`, `60s`, `1h`; undefined when it is not a duration. */
export function durationMs(text: string): number | undefined {
  const match = /^([1-9][0-9]{0,6})(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * (UNIT_MS[match[2]!] ?? 0) : undefined;
}

/** Types and checks the whole document; every problem is reported with its path, and one problem refuses all of it. */
export function parsePolicy(tree: Tree): ParsedPolicy {
  const problems: string[] = [];
  const fail = (path: string, why: string): undefined => {
    problems.push(`${path}: ${why}`);
    return undefined;
  };
  const noOtherKeys = (fields: Fields, path: string, known: readonly string[]): void => {
    for (const key of Object.keys(fields))
      if (!known.includes(key)) fail(path ? `${path}.${key}` : key, "unknown field");
  };
  const list = (tree: Tree | undefined, path: string, isGood: (text: string) => boolean, what: string): string[] => {
    if (tree === undefined) return [];
    if (!Array.isArray(tree)) return (fail(path, "must be a list"), []);
    const texts: string[] = [];
    for (const [index, item] of (tree as readonly Tree[]).entries()) {
      if (typeof item !== "string" || !isGood(item)) fail(`${path}[${index}]`, `must be ${what}`);
      else texts.push(item);
    }
    return texts;
  };
  const text = (tree: Tree | undefined, path: string, isGood: (text: string) => boolean, what: string): string =>
    typeof tree === "string" && isGood(tree) ? tree : (fail(path, `must be ${what}`), "");
  const isOne = (of: readonly string[]) => (candidate: string) => of.includes(candidate);

  const duration = (tree: Tree, path: string): number =>
    (typeof tree === "string" ? durationMs(tree) : undefined) ?? (fail(path, "must be a duration such as 10m"), 0);
  const rate = (tree: Tree, path: string): PolicyRate => {
    const match = typeof tree === "string" ? /^([1-9][0-9]{0,5})\/(.+)$/.exec(tree) : null;
    const windowMs = match ? durationMs(match[2]!) : undefined;
    if (!match || windowMs === undefined)
      return (fail(path, "must be count/duration such as 6/1h"), { count: 0, windowMs: 1 });
    return { count: Number(match[1]), windowMs };
  };
  const scriptArgs = (tree: Tree, path: string): ScriptArg[] => {
    if (!Array.isArray(tree)) return (fail(path, "must be a list"), []);
    return (tree as readonly Tree[]).flatMap((item, index): ScriptArg[] => {
      const at = `${path}[${index}]`;
      if (!isFields(item)) return (fail(at, "must be a map"), []);
      const name = text(item["name"], `${at}.name`, (t) => NAME.test(t), "a name");
      if (item["type"] === "int") {
        noOtherKeys(item, at, ["name", "type", "min", "max"]);
        const isInt = (t: string): boolean => /^-?[0-9]{1,15}$/.test(t);
        const min = Number(text(item["min"], `${at}.min`, isInt, "a whole number"));
        return [{ name, type: "int", min, max: Number(text(item["max"], `${at}.max`, isInt, "a whole number")) }];
      }
      noOtherKeys(item, at, ["name", "type", "values"]);
      if (item["type"] !== "choice") fail(`${at}.type`, "must be int or choice");
      return [
        {
          name,
          type: "choice",
          values: list(item["values"], `${at}.values`, isPlainValue, "plain text without a leading -"),
        },
      ];
    });
  };

  const programs = (tree: Tree, path: string): ProbeProgram[] => {
    if (!isFields(tree)) return (fail(path, "must be a map of names, each with a program and its arguments"), []);
    return Object.entries(tree).map(([name, command]) => {
      const at = `${path}.${name.slice(0, 64)}`;
      if (!isExactName(name)) fail(at, "is not an exact name");
      const argv = list(command, at, isProgramArgument, "text of one line");
      if (!isPlainPath(argv[0] ?? "")) fail(`${at}[0]`, "must be an absolute path without ..");
      return { name, argv };
    });
  };

  const entryOf = (tree: Tree, path: string): PolicyEntry | undefined => {
    if (!isFields(tree)) return fail(path, "must be a map");
    const asked = tree["action"];
    const action = typeof asked === "string" ? (FORMER_ACTION_NAMES[asked] ?? asked) : "";
    if (!isActionName(action)) return fail(`${path}.action`, "is not an action Muster knows");
    const { must, may } = ENTRY_FIELDS[action];
    noOtherKeys(tree, path, ["action", ...must, ...may]);
    for (const field of must) if (tree[field] === undefined) fail(`${path}.${field}`, `is needed for ${action}`);
    const has = (field: EntryField): boolean => tree[field] !== undefined;
    const nonEmpty = (texts: string[], at: string): string[] =>
      texts.length === 0 ? (fail(at, "must not be empty"), texts) : texts;
    if (action === "logs.read") {
      const wanted = tree["driver"] === "file" ? "files" : "names";
      const other = wanted === "files" ? "names" : "files";
      if (!has(wanted)) fail(`${path}.${wanted}`, `is needed for logs.read of ${wanted}`);
      if (has(other)) fail(`${path}.${other}`, "does not go with this driver");
    } else if (tree["driver"] === "file") fail(`${path}.driver`, "file has a log and nothing else");
    return {
      action,
      ...(has("driver") && {
        driver: text(tree["driver"], `${path}.driver`, isOne(DRIVERS), `one of ${DRIVERS.join(", ")}`),
      }),
      ...(has("names") && {
        names: nonEmpty(
          list(tree["names"], `${path}.names`, isExactName, "an exact name, no pattern"),
          `${path}.names`,
        ),
      }),
      ...(has("files") && {
        files: nonEmpty(
          list(tree["files"], `${path}.files`, isPlainPath, "an absolute path without .."),
          `${path}.files`,
        ),
      }),
      ...(has("programs") && {
        programs: nonEmpty(
          list(tree["programs"], `${path}.programs`, isPlainPath, "an absolute path without .."),
          `${path}.programs`,
        ),
      }),
      ...(has("users") && {
        users: nonEmpty(list(tree["users"], `${path}.users`, isExactName, "an exact user name"), `${path}.users`),
      }),
      ...(has("signals") && {
        signals: nonEmpty(
          list(tree["signals"], `${path}.signals`, isOne(SIGNAL_NAMES), `one of ${SIGNAL_NAMES.join(", ")}`),
          `${path}.signals`,
        ),
      }),
      ...(has("name") && { name: text(tree["name"], `${path}.name`, isExactName, "an exact name") }),
      ...(has("exec") && { exec: text(tree["exec"], `${path}.exec`, isPlainPath, "an absolute path without ..") }),
      ...(has("args") && { args: scriptArgs(tree["args"]!, `${path}.args`) }),
      ...(has("timeout") && { timeoutMs: duration(tree["timeout"]!, `${path}.timeout`) }),
      ...(has("max") && { max: rate(tree["max"]!, `${path}.max`) }),
      ...(has("minInterval") && { minIntervalMs: duration(tree["minInterval"]!, `${path}.minInterval`) }),
      ...(has("require") && {
        require: text(tree["require"], `${path}.require`, isOne(["operator"]), "operator") as "operator",
      }),
    };
  };

  if (!isFields(tree)) return { ok: false, problems: ["the file must be a map"] };
  noOtherKeys(tree, "", ["version", "allow", "probe", "operators"]);
  if (tree["version"] !== "1") fail("version", "must be 1");
  const rawAllow = tree["allow"] ?? [];
  if (!Array.isArray(rawAllow)) fail("allow", "must be a list");
  const allow = Array.isArray(rawAllow)
    ? (rawAllow as readonly Tree[]).flatMap((item, index) => entryOf(item, `allow[${index}]`) ?? [])
    : [];
  const probeFields =
    tree["probe"] === undefined ? {} : isFields(tree["probe"]) ? tree["probe"] : (fail("probe", "must be a map"), {});
  noOtherKeys(probeFields, "probe", ["tcp", "http", "icmp", "tunnel", "exec"]);
  const probe = {
    tcp: list(probeFields["tcp"], "probe.tcp", (t) => HOST_PORT.test(t), "host:port"),
    http: list(probeFields["http"], "probe.http", (t) => HTTP_URL.test(t), "an http or https address"),
    icmp: list(probeFields["icmp"], "probe.icmp", isHost, "a host"),
    tunnel: list(probeFields["tunnel"], "probe.tunnel", (t) => HOST_PORT.test(t), "host:port"),
    exec: programs(probeFields["exec"] ?? {}, "probe.exec"),
  };
  const rawOperators = tree["operators"] ?? {};
  const operators: Record<string, string> = {};
  if (!isFields(rawOperators)) fail("operators", "must be a map");
  else
    for (const [name, key] of Object.entries(rawOperators)) {
      if (!NAME.test(name)) fail(`operators.${name.slice(0, 64)}`, "is not a name");
      operators[name] = text(
        key,
        `operators.${name.slice(0, 64)}`,
        (t) => /^[A-Za-z0-9+/_=-]{40,120}$/.test(t),
        "an ed25519 public key in base64",
      );
    }
  return problems.length === 0
    ? { ok: true, policy: { version: 1, allow, probe, operators } }
    : { ok: false, problems };
}
