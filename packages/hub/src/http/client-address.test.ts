import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { ClientAddress } from "./client-address.ts";

const of = (trusted: readonly string[], remoteAddress: string, forwarded?: string | string[]): string =>
  new ClientAddress(trusted).of({
    socket: { remoteAddress },
    headers: { "x-forwarded-for": forwarded },
  } as unknown as IncomingMessage);

test("[SE-06] nobody is believed without a trusted proxy", () => {
  expect(of([], "203.0.113.1", "10.0.0.1")).toBe("203.0.113.1");
  expect(of(["10.0.0.0/8"], "203.0.113.1", "10.0.0.1")).toBe("203.0.113.1");
});

test("[SE-06] the nearest address that is no trusted proxy counts, whoever wrote what stands further left", () => {
  const trusted = ["10.0.0.0/8", "2001:db8::/32"];
  expect(of(trusted, "10.0.0.1", "6.6.6.6, 203.0.113.1")).toBe("203.0.113.1");
  expect(of(trusted, "10.0.0.1", "6.6.6.6, 203.0.113.1, 10.9.9.9, 2001:db8::5")).toBe("203.0.113.1");
  expect(of(trusted, "::ffff:10.0.0.1", ["6.6.6.6", "203.0.113.1"])).toBe("203.0.113.1");
  expect(of(trusted, "10.0.0.1")).toBe("10.0.0.1");
  expect(of(trusted, "10.0.0.1", "")).toBe("10.0.0.1");
  expect(of(trusted, "10.0.0.1", "<script>")).toBe("10.0.0.1");
});
