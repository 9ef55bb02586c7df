import type { ServerResponse } from "node:http";
import type { resources } from "@muster/protocol";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startProgram, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { commandLine } from "./command-line.ts";
import { idOf, serverOf, serviceOf } from "./fleet.ts";
import { memoryTerminal } from "./memory-terminal.ts";
import { scriptedHub } from "./scripted-hub.ts";
import type { Asked, Handlers, Other } from "./scripted-hub.ts";

type LogItem = resources.LogItemView;
type LogsAsked = Asked<"GET /api/v1/logs">["query"];
const token = { MUSTER_TOKEN: "msa1.test" };
const WEB = serviceOf(1, "nginx.service@web-1");
const APP = serviceOf(2, "app@web-1", "container");

const line = (text: string, more: Partial<Exclude<LogItem, { gap: unknown }>> = {}): LogItem => ({
  at: Date.UTC(2026, 10, 26, 9),
  cursor: `after-${text}`,
  level: 6,
  text,
  stream: "stdout",
  source: 0,
  ...more,
});

const send = (response: ServerResponse, items: readonly LogItem[]): void =>
  void response.write(items.map((item) => `${JSON.stringify(item)}\n`).join(""));
/** All there is, and the end. */
const whole = (...items: LogItem[]): Other => ({
  stream: (response) => {
    send(response, items);
    response.end();
  },
});
/** These, and then the connection breaks. */
const broken = (...items: LogItem[]): Other => ({
  stream: (response) => {
    if (items.length === 0) return void response.socket?.destroy();
    response.write(items.map((item) => `${JSON.stringify(item)}\n`).join(""), () => response.socket?.destroy());
  },
});
/** These, and the answer stays open. */
const open = (...items: LogItem[]): Other => ({ stream: (response) => send(response, items) });

/** A hub whose log answers come one after the other; what was asked is remembered. */
function world(answers: (query: LogsAsked) => Other) {
  const asked: LogsAsked[] = [];
  const handlers: Handlers = {
    "GET /api/v1/servers": () => ({ items: [serverOf(1, "web-1")] }),
    "GET /api/v1/services": () => ({ items: [WEB, APP] }),
    "GET /api/v1/logs": ({ query }) => {
      asked.push(query);
      return answers(query);
    },
  };
  return { handlers, asked };
}

/** Runs `logs -f …` until `enough` lines are there, then Ctrl-C. */
async function follow(argv: readonly string[], handlers: Handlers, enough: number) {
  const stop = new AbortController();
  const terminal = memoryTerminal();
  await using hub = await scriptedHub(handlers);
  const env = { ...token, MUSTER_URL: hub.url };
  const run = commandLine(["logs", "-f", ...argv], { env, terminal, stopSignal: stop.signal });
  await waitFor(() => terminal.output.split("\n").length > enough, {
    describe: `${enough} lines of the log`,
    timeoutMs: 10_000,
  });
  stop.abort();
  return await run;
}

test("the last lines are asked for as the options say and printed with their times", async () => {
  const { handlers, asked } = world(() => whole(line("one"), line("two", { level: 3 })));
  await using hub = await scriptedHub(handlers);
  const env = { ...token, MUSTER_URL: hub.url };
  const argv = ["logs", "nginx", "-n", "50", "--until", "1767229200000", "--regex", "a+", "--level", "error"];
  const result = await commandLine(argv, { env });
  expect(result).toMatchObject({ code: 0, errors: "" });
  expect(result.output).toBe("2026-11-26 09:00:00Z one\n2026-11-26 09:00:00Z two\n");
  expect(asked).toEqual([
    {
      service: WEB.id,
      lines: 50,
      until: 1_767_229_200_000,
      search: "a+",
      expression: true,
      level: 3,
      format: "ndjson",
    },
  ]);
});

test("several logs and files are merged with their sources, and gaps are seen", async () => {
  const gap: LogItem = { gap: { dropped: 12, why: "the reader was too slow" }, source: 1 };
  const { handlers, asked } = world(() => whole(line("one"), gap, line("two", { source: 2, at: null })));
  await using hub = await scriptedHub(handlers);
  const env = { ...token, MUSTER_URL: hub.url };
  const { output } = await commandLine(["logs", "nginx", "app", "--file", "web-1:/var/log/x.log"], { env });
  expect(output.split("\n")).toEqual([
    "2026-11-26 09:00:00Z nginx.service@web-1  one",
    "app@web-1            ---- 12 lines are missing: the reader was too slow ----",
    "web-1:/var/log/x.log two",
    "",
  ]);
  expect(asked[0]).toMatchObject({
    service: `${WEB.id},${APP.id}`,
    file: `${idOf("server", 1)}:/var/log/x.log`,
    lines: 200,
  });
});

test("[XS-03] what a log holds does not reach the terminal as anything but text", async () => {
  const evil = line("\u001b]52;c;ZXZpbA==\u0007\u001b[2Jhello\r\u001b[31m red");
  const { handlers } = world(() => whole(evil));
  await using hub = await scriptedHub(handlers);
  const env = { ...token, MUSTER_URL: hub.url };
  const screen = await commandLine(["logs", "app"], { env, output: "screen" });
  expect(screen.output).toContain(" hello\u001b[31m red\u001b[0m\n");
  expect((await commandLine(["logs", "app"], { env })).output).toBe("2026-11-26 09:00:00Z hello red\n");
  const json = (await commandLine(["logs", "app", "--json"], { env })).output;
  expect(json).not.toContain("\u001b");
  expect(JSON.parse(json)).toEqual({ ...evil, of: "app@web-1" });
});

test("following goes on after the last line when the connection is lost: no line twice, none missing", async () => {
  const answers = [
    broken(line("one"), line("two")),
    broken(),
    { refuse: "SERVER_OFFLINE" } as const,
    whole({ gap: { dropped: null, why: "rotated away" }, source: 0 }, line("three")),
    open(line("four")),
  ];
  const { handlers, asked } = world(() => answers.shift()!);
  const { code, output, errors } = await follow(["app", "-n", "5"], handlers, 5);
  expect(code).toBe(0);
  expect(output.split("\n").map((text) => text.replace("2026-11-26 09:00:00Z ", ""))).toEqual([
    "one",
    "two",
    "---- lines are missing: rotated away ----",
    "three",
    "four",
    "",
  ]);
  const goOn = { service: APP.id, after: "after-two", follow: true, format: "ndjson" };
  expect(asked).toEqual([
    { service: APP.id, lines: 5, follow: true, format: "ndjson" },
    goOn,
    goOn,
    goOn,
    { ...goOn, after: "after-three" },
  ]);
  expect(errors).toContain("app@web-1: The hub broke the answer off");
  expect(errors).toContain("app@web-1 goes on.");
});

test("several are followed each after its own last line, and one without a line after the newest of the others", async () => {
  const { handlers, asked } = world((query) => {
    if (query.follow !== true) return whole(line("web one", { source: 0 }));
    return query.service === WEB.id ? open(line("web two")) : open(line("app one"));
  });
  const { output } = await follow(["nginx", "app", "--grep", "o"], handlers, 3);
  expect(asked.find(({ follow: isFollowed }) => isFollowed !== true)).toMatchObject({ lines: 200, search: "o" });
  expect(asked).toContainEqual({
    service: WEB.id,
    search: "o",
    after: "after-web one",
    follow: true,
    format: "ndjson",
  });
  expect(asked).toContainEqual({
    service: APP.id,
    search: "o",
    since: Date.UTC(2026, 10, 26, 9),
    lines: 100_000,
    follow: true,
    format: "ndjson",
  });
  expect(output).toContain("app@web-1           app one\n");
  expect(output).toContain("nginx.service@web-1 web two\n");
});

test("following from now on shows no old line and still knows after which one to go on", async () => {
  const { handlers, asked } = world((query) => (query.follow === true ? open(line("new")) : whole(line("old"))));
  const { output } = await follow(["app", "-n", "0"], handlers, 1);
  expect(output).toBe("2026-11-26 09:00:00Z new\n");
  expect(asked.map(({ lines, after }) => [lines, after])).toEqual([
    [1, undefined],
    [undefined, "after-old"],
  ]);
});

test("what is refused ends the following at once with its code", async () => {
  const { handlers, asked } = world(() => ({ refuse: "ACTION_REFUSED", message: "no entry allows logs.read" }));
  await using hub = await scriptedHub(handlers);
  const { code, errors } = await commandLine(["logs", "-f", "app"], { env: { ...token, MUSTER_URL: hub.url } });
  expect([code, asked.length]).toEqual([77, 1]);
  expect(errors).toContain("no entry allows logs.read");
});

test("Ctrl-C ends the following with 0 and the request at the hub", async () => {
  let isGone = false;
  const { handlers } = world(() => ({
    stream: (response, gone) => {
      gone.addEventListener("abort", () => (isGone = true));
      send(response, [line("one")]);
    },
  }));
  expect((await follow(["app"], handlers, 1)).code).toBe(0);
  await waitFor(() => isGone, { describe: "the hub sees the client go" });
});

const main = join(fileURLToPath(new URL("..", import.meta.url)), "src/main.ts");

test("the program itself ends a following with 0 at SIGINT, and by itself once nobody reads its output", async () => {
  let isReading = true;
  const { handlers } = world(() => ({
    stream: (response, gone) => {
      const more = (): void => {
        if (gone.aborted) isReading = false;
        else if (response.write(`${JSON.stringify(line("again"))}\n`)) setImmediate(more);
        else response.once("drain", more);
      };
      gone.addEventListener("abort", more);
      more();
    },
  }));
  await using hub = await scriptedHub(handlers);
  const env = { ...token, MUSTER_URL: hub.url };
  await using followed = await startProgram([process.execPath, main, "logs", "-f", "app"], { env });
  await followed.says(/again/);
  expect(await followed.stop("SIGINT")).toEqual({ code: 0, signal: null });
  await waitFor(() => !isReading, { describe: "the hub sees it go" });

  const pipe = `"$0" "$1" logs -f app | head -1; exit "\${PIPESTATUS[0]}"`;
  await using piped = await startProgram(["bash", "-c", pipe, process.execPath, main], { env });
  expect(await piped.exited).toEqual({ code: 0, signal: null });
  expect(piped.stdout).toBe("2026-11-26 09:00:00Z again\n");
});

test("a letter that is cut between two parts stays whole", async () => {
  const bytes = Buffer.from(`${JSON.stringify(line("schön"))}\n`);
  const at = bytes.indexOf(0xc3) + 1;
  const { handlers } = world(() => ({
    stream: (response) => void response.write(bytes.subarray(0, at), () => response.end(bytes.subarray(at))),
  }));
  await using hub = await scriptedHub(handlers);
  const { output } = await commandLine(["logs", "app"], { env: { ...token, MUSTER_URL: hub.url } });
  expect(output).toContain("schön");
});

test.each([
  [["logs"], "names no log"],
  [["logs", "app", "--grep", "a", "--regex", "b"], "--regex: goes without --grep"],
  [["logs", "-f", "app", "--until", "1m"], "--until: goes without --follow"],
  [["logs", "app", "--since", "soon"], "--since: must be ISO 8601"],
  [["logs", "app", "-n", "many"], "--lines: must be a whole number from 0 to 100000"],
  [["logs", "app", "--level", "loud"], "Allowed choices are emergency"],
  [["logs", "--file", "/var/log/x"], "--file: must be SERVER:/path"],
])("%j is a wrong use and ends with 64", async (argv, words) => {
  await using hub = await scriptedHub(world(() => whole()).handlers);
  const { code, errors } = await commandLine(argv, { env: { ...token, MUSTER_URL: hub.url } });
  expect([code, errors]).toEqual([64, expect.stringContaining(words)]);
});
