import { expect, test } from "vitest";
import { bansIn } from "./check-bans.mjs";

const lines = (file: string, text: string): readonly number[] => bansIn(file, text).map(({ line }) => line);

test("broken digests are banned everywhere, sound ones are not", () => {
  const text =
    'createHash("md5");\ncrypto.createHmac("SHA1", key);\ncrypto.hash("sha-1", text);\ncreateHash("sha256");';
  expect(lines("packages/web/src/a.ts", text)).toEqual([1, 2, 3]);
});

test("a shell is banned, an option that only might be one is not", () => {
  const text =
    'spawn(a, { shell: true });\nspawn(a, { "shell": "/bin/sh" });\nspawn(a, { shell: false });\nuser({ shell });';
  expect(lines("packages/cli/src/a.ts", text)).toEqual([1, 2]);
});

test("reading the time by new Date() is banned where time is injected, making a date of a number is not", () => {
  const text = "new Date();\nnew Date(at);\nDate();";
  expect(lines("packages/hub/src/a.ts", text)).toEqual([1, 3]);
  expect(lines("packages/hub/src/a.test.ts", text)).toEqual([]);
  expect(lines("packages/node-kit/src/a.ts", text)).toEqual([]);
});

test("[SR-07] every way out of the machine but the egress client is banned where it runs on servers", () => {
  const ways = [
    'import { request } from "node:http";',
    'import { get as ask } from "node:https";',
    'import * as net from "node:net";',
    'import tls from "node:tls";',
    'import { fetch } from "undici";',
    "await fetch(url);",
    'import { WebSocket } from "ws";',
    'import { Resolver } from "node:dns/promises";',
  ];
  const text = ways.join("\n");
  for (const place of ["hub", "agent", "host", "node-kit"])
    expect(lines(`packages/${place}/src/a.ts`, text)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  for (const file of ["packages/node-kit/src/egress/a.ts", "packages/hub/src/a.test.ts", "packages/cli/src/a.ts"])
    expect(lines(file, text)).toEqual([]);
  const harmless =
    'import { createServer } from "node:http";\nimport { isIP, BlockList } from "node:net";\nimport type { Socket } from "node:net";\nimport { type Agent } from "node:http";\nimport { WebSocketServer } from "ws";\ncache.fetch(url);';
  expect(lines("packages/hub/src/a.ts", harmless)).toEqual([]);
});
