import { expect, test } from "vitest";
import { hostAndPort, hostPort, isHost, isLoopback, portFrom } from "./host-and-port.ts";

test("a host is a name or an address that no program takes for an option, and no more", () => {
  for (const host of ["h", "a.b-c_d", "192.0.2.1", "2001:db8::1", "::1"]) expect(isHost(host), host).toBe(true);
  for (const host of ["", "-x", "a b", "a/b", "a:1", "[::1]", "h\n", "ü", "a@b", ".a", "a-", "fe80::1%eth0"])
    expect(isHost(host), host).toBe(false);
});

test("a host and its port are told apart, and put together again", () => {
  for (const [text, host, port] of [
    ["h", "h", undefined],
    ["h:22", "h", 22],
    ["[::1]:22", "::1", 22],
    ["::1", "::1", undefined],
  ] as const) {
    expect(hostAndPort(text)).toEqual({ host, port });
    if (port !== undefined) expect(hostPort(host, port)).toBe(text);
  }
  for (const text of ["h:0", "h:65536", "a:b", "[::1", "", ":22"]) expect(hostAndPort(text), text).toBeUndefined();
  expect([portFrom("22"), portFrom(22), portFrom("0x16"), portFrom(1.5)]).toEqual([22, 22, undefined, undefined]);
});

test("what stays on a machine is known by name and by both kinds of addresses", () => {
  expect(["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"].every(isLoopback)).toBe(true);
  expect(["hub.example", "10.0.0.1", "127.0.0.1.example", "::2"].some(isLoopback)).toBe(false);
});
