import { expect, test } from "vitest";
import { isAmongAnswers, pointerName } from "./dns-answers.ts";

test("the name of an address under arpa is made from it, and another name is taken as it is", () => {
  expect(pointerName("192.0.2.10")).toBe("10.2.0.192.in-addr.arpa");
  expect(pointerName("2001:db8::1")).toBe(`1.${"0.".repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`);
  expect(pointerName("::")).toBe(`${"0.".repeat(32)}ip6.arpa`);
  for (const name of ["host.example.org", "1::2::3", "1:2:3", ":::", "1:2:3:4:5:6:7:8:9", "::ffff:192.0.2.1"])
    expect(pointerName(name)).toBe(name);
});

test.each([
  ["A", ["192.0.2.1", "192.0.2.2"], "192.0.2.2", true],
  ["A", ["192.0.2.1"], "192.0.2.10", false],
  ["AAAA", ["2001:db8::1"], "2001:0DB8:0:0:0:0:0:1", true],
  ["CNAME", ["Www.Example.org"], "www.example.ORG.", true],
  ["MX", ["10 mail.example.org"], "mail.example.org", true],
  ["MX", ["10 mail.example.org"], "10 mail.example.org", true],
  ["MX", ["10 mail.example.org"], "20 mail.example.org", false],
  ["SRV", ["1 2 443 a.example.org"], "a.example.org", true],
  ["CAA", ["0 issue ca.example.org"], "ca.example.org", true],
  ["SOA", ["ns.example.org host.example.org 7 1 2 3 4"], "ns.example.org", true],
  // A text is itself, wholly.
  ["TXT", ["v=spf1 -all"], "v=spf1 -all", true],
  ["TXT", ["v=spf1 -all"], "V=SPF1 -all", false],
  ["TXT", ["v=spf1 -all"], "-all", false],
  ["NS", [], "ns.example.org", false],
] as const)("%s %j has %s: %s", (type, answers, expected, is) => {
  expect(isAmongAnswers(type, answers, expected)).toBe(is);
});
