import { describe, expect, test } from "vitest";
import { detectFormat, detectRows } from "./detect-format.ts";
import type { ImportFormat } from "./detect-format.ts";
import { definitionNameFrom, notesFrom, quoted, serverNameFrom, serverTagFrom } from "./foreign-text.ts";
import { hostRange } from "./host-range.ts";
import { planImport } from "./plan-import.ts";
import { locateProgram, splitCommand } from "./shell-command.ts";
import { splitWords } from "./words.ts";

const plan = (format: ImportFormat, text: string, user?: string) =>
  planImport(format, text, () => ({ ok: false, problems: [] }), user === undefined ? {} : { user });

describe("a command line", () => {
  test.each([
    ["/usr/bin/node server.js", {}, ["/usr/bin/node", "server.js"]],
    ["  /x   a\tb ", {}, ["/x", "a", "b"]],
    [`/x 'a b' "c d" e\\ f g'h'i`, {}, ["/x", "a b", "c d", "e f", "ghi"]],
    [`/x "a \\"b\\" \\\\ \\$c" '\\n$x|;'`, {}, ["/x", 'a "b" \\ $c', "\\n$x|;"]],
    [`/x "" ''`, {}, ["/x", "", ""]],
    ["/x a\\\n b", {}, ["/x", "a", "b"]],
    ["PORT=80 NAME='a b' /x PORT=81", { PORT: "80", NAME: "a b" }, ["/x", "PORT=81"]],
    ["'PORT=80' /x", {}, ["PORT=80", "/x"]],
    ["exec /x y", {}, ["/x", "y"]],
    ["/x --a=b c:d e@f,g%h+i a#b", {}, ["/x", "--a=b", "c:d", "e@f,g%h+i", "a#b"]],
  ])("%j is split without a shell", (text, environment, command) => {
    expect(splitCommand(text)).toEqual({ ok: true, environment, command });
  });

  test.each([
    ["/x | y", "a pipe"],
    ["/x && y", "&"],
    ["/x &", "&"],
    ["/x; y", "one command after another"],
    ["/x\ny", "several lines"],
    ["/x > f", "output into a file"],
    ["/x 2>&1", "output into a file"],
    ["/x < f", "input from a file"],
    ["/x $HOME", "a variable"],
    ['/x "$HOME"', "a variable"],
    ["/x `id`", "another command's output"],
    ['/x "`id`"', "another command's output"],
    ["/x *.js", "a pattern"],
    ["/x a?c", "a pattern"],
    ["/x [ab]", "a pattern"],
    ["/x {a,b}", "braces"],
    ["(/x)", "a subshell"],
    ["~/x", "a home directory"],
    ["/x --dir=~/y", "a home directory"],
    ["/x # note", "a remark"],
  ])("%j needs a shell and is refused", (text, what) => {
    expect(splitCommand(text)).toEqual({
      ok: false,
      why: expect.stringContaining(`needs a shell for ${what}`) as string,
    });
  });

  test.each(["", "   ", "A=b", "/x 'a", '/x "a', "/x \\", "/x a\0b", "exec"])("%j is none", (text) => {
    expect(splitCommand(text).ok).toBe(false);
  });

  test("a program is known by its absolute path, or lies beside the service", () => {
    expect(locateProgram(["/x", "a"], undefined)).toEqual({ ok: true, command: ["/x", "a"] });
    expect(locateProgram(["./run.sh"], "/srv/a/")).toEqual({ ok: true, command: ["/srv/a/run.sh"] });
    expect(locateProgram(["bin/run"], "/srv")).toEqual({ ok: true, command: ["/srv/bin/run"] });
    for (const [program, directory] of [
      ["node", "/srv"],
      ["../run", "/srv"],
      ["./a/../../b", "/srv"],
      ["./run", undefined],
    ] as const)
      expect(locateProgram([program], directory).ok, program).toBe(false);
  });
});

test("words have quotes, escapes and a remark behind them", () => {
  expect(splitWords(`a "b c" d'e f'g "" x#y # z`)).toEqual(["a", "b c", "de fg", "", "x#y"]);
  expect(splitWords(`a\\ b \\"c c\\d`)).toEqual(["a b", '"c', "c\\d"]);
  expect(splitWords(`a "b`)).toBeUndefined();
});

test("a range of hosts is counted out as Ansible does", () => {
  const names = (pattern: string) => {
    const range = hostRange(pattern, 100);
    return range.ok ? range.names : range.why;
  };
  expect(names("web[01:03].x")).toEqual(["web01.x", "web02.x", "web03.x"]);
  expect(names("web[8:11]")).toEqual(["web8", "web9", "web10", "web11"]);
  expect(names("w[1:9:4]")).toEqual(["w1", "w5", "w9"]);
  expect(names("db-[a:c]")).toEqual(["db-a", "db-b", "db-c"]);
  expect(names("db-[:2]")).toEqual(["db-0", "db-1", "db-2"]);
  expect(names("r[1:2]n[A:B]")).toEqual(["r1nA", "r1nB", "r2nA", "r2nB"]);
  expect(names("[2001:db8::1]:22")).toEqual(["[2001:db8::1]:22"]);
  expect(names("w[3:1]")).toContain("smaller");
  expect(names("w[1:3:0]")).toContain("smaller");
  expect(names("w[01:100]")).toContain("digits");
  expect(names("w[0:100]")).toContain("more than 100");
});

test("names, tags and notes of other systems become valid ones, or none", () => {
  expect(serverNameFrom("  web/1 (old) ")).toBe("web-1 -old");
  expect(serverNameFrom("_x_")).toBe("x");
  expect(serverNameFrom("Überwachung №1")).toBe("Überwachung -1");
  expect(serverNameFrom("a".repeat(63) + ".b")).toBe("a".repeat(63));
  expect(serverNameFrom("\u202e\0 --")).toBeUndefined();
  expect(serverTagFrom("web & shop")).toBe("web-shop");
  expect(serverTagFrom("-")).toBeUndefined();
  expect(definitionNameFrom("process", "_My App v1..2")).toBe("_My-App-v1-2");
  expect(definitionNameFrom("tmux", "a.b")).toBe("a-b");
  expect(notesFrom("a\u0000b\u001b[31m\nc\ud800")).toBe("a b [31m\nc\ufffd");
  expect(quoted("a\u0000\u202e\u200bb")).toBe('"a\\u{0}\\u{202e}\\u{200b}b"');
});

describe("detecting", () => {
  test.each<[string, string, readonly ImportFormat[]]>([
    ["servers.json", '[{"id":"1","name":"a","host":"h"}]', ["ipvtl-servers", "tailscale-servers"]],
    ["servers.json", "[]", ["ipvtl-servers", "tailscale-servers", "server-monitor-servers"]],
    ["x.json", '{"servers":[{"name":"a","host":"h","username":"u"}]}', ["server-monitor-servers"]],
    ["anything", '\ufeff[{"targets":[]}]', ["prometheus-targets"]],
    ["config", "# nothing", ["ssh-config"]],
    ["hosts", "a\nb\n", ["ansible-ini"]],
    ["notes.txt", "just words", []],
    ["x.ini", "[all]\nHost a", ["ansible-ini"]],
  ])("%s with %j", (name, text, formats) => {
    const detected = detectFormat(name, text);
    expect("is" in detected ? [detected.is] : detected.couldBe).toEqual(formats);
  });

  test("a name alone decides nothing; a content that is clear does", () => {
    expect(detectFormat("/a/b/settings.json", "{}")).toEqual({ couldBe: ["tailscale-settings"] });
    expect(detectFormat("settings.json", '[{"base_url":"x"}]')).toEqual({ is: "virgilio-backends" });
    expect(detectRows([{ id: 1, name: "a", base_url: "x" }])).toEqual({ is: "virgilio-backends" });
    expect(detectRows([])).toEqual({ couldBe: [] });
  });
});

describe("an OpenSSH configuration", () => {
  test("what the hub would not take as a host is left out, and what it would take as a user comes in", () => {
    const { servers, problems } = plan(
      "ssh-config",
      "Host a\n HostName fe80::1%eth0\nHost b\n HostName b-\nHost c\n User DOMAIN\\anna\n",
      "u",
    );
    expect(servers).toMatchObject([{ name: "c", link: { user: "DOMAIN\\anna" } }]);
    expect(problems.map(({ where }) => where)).toEqual(["line 1", "line 3"]);
  });

  test("without a User somebody must be named", () => {
    expect(plan("ssh-config", "Host a").problems).toEqual([
      { where: "line 1", problem: '"a" left out: it has no User, and nobody was named for those without' },
    ]);
    expect(plan("ssh-config", "Host a", "anna").servers).toMatchObject([{ link: { user: "anna" } }]);
  });

  test("what stands under a Host that is not understood belongs to no other host", () => {
    const { servers, problems } = plan("ssh-config", 'Host a\nHost "b\n  User root\n', "anna");
    expect(servers).toMatchObject([{ name: "a", link: { user: "anna" } }]);
    expect(problems).toEqual([{ where: "line 2", problem: "has a quote that is not closed" }]);
  });

  test("a host behind one that is left out is left out, never reached directly", () => {
    const { servers, problems } = plan(
      "ssh-config",
      'Host a\n ProxyJump b\nHost b\n Port 0\nHost c\n ProxyCommand nc "x\n',
      "u",
    );
    expect(servers).toEqual([]);
    expect(problems.map(({ problem }) => problem)).toEqual([
      '"b" left out: its Port is no port, 1 to 65535',
      '"a" left out: "b", over which it jumps, is left out',
      '"c" left out: it is reached through a command (ProxyCommand); add it by hand',
    ]);
  });

  test("a circle of jumps leaves all of it out", () => {
    expect(
      plan("ssh-config", "Host a\n ProxyJump b\nHost b\n ProxyJump c\nHost c\n ProxyJump a\nHost d", "u").servers,
    ).toMatchObject([{ name: "d" }]);
  });

  test("none switches a jump or a command off, and of both the first counts", () => {
    const text =
      "Host a\n ProxyJump none\nHost b\n ProxyJump j\n ProxyCommand x\nHost j\n ProxyCommand none\nHost c\nHost * !k\n ProxyJump k\n";
    const { servers } = plan("ssh-config", text, "u");
    expect(servers.map(({ name, link }) => [name, link.kind === "ssh" && link.via])).toEqual([
      ["a", undefined],
      ["j", undefined],
      ["b", "j"],
      ["k", undefined],
      ["c", "k"],
    ]);
  });
});

test("secrets go from a backend into the plan, and one that everybody has is said", () => {
  const { servers, problems } = plan(
    "virgilio-backends",
    '[{"name":"a","base_url":"http://h:9000","api_token":"t"},{"name":"b","base_url":"http://i:9000"}]',
  );
  expect(servers).toMatchObject([{ secret: "t" }, { name: "b" }]);
  expect(servers[1]).not.toHaveProperty("secret");
  expect(problems).toEqual([{ where: "[1].api_token", problem: "is missing: the agent will refuse" }]);
});

test("more tags than a server has room for are said", () => {
  const tags = Array.from({ length: 40 }, (_, index) => `t${index}`).join(",");
  const { servers, problems } = plan(
    "server-monitor-servers",
    JSON.stringify([{ name: "a", host: "h", username: "u", tags }]),
  );
  expect(servers[0]!.tags).toHaveLength(32);
  expect(problems).toEqual([{ where: "[0]", problem: 'keeps 32 tags; "t32" and those behind it are left out' }]);
});
