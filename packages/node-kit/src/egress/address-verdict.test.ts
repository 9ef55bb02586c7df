import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressVerdict } from "./address-verdict.ts";
import { isOpened, parseHostPort, parseHttpUrl, parseTarget } from "./target.ts";

describe("an address", () => {
  test.each([
    ["0.0.0.0", "0.255.255.255"],
    ["10.0.0.0", "10.255.255.255"],
    ["100.64.0.0", "100.127.255.255"],
    ["127.0.0.1", "127.255.255.255"],
    ["169.254.0.1", "169.254.255.255"],
    ["172.16.0.0", "172.31.255.255"],
    ["192.168.0.0", "192.168.255.255"],
    ["198.18.0.0", "198.19.255.255"],
    ["224.0.0.1", "239.255.255.255"],
    ["240.0.0.0", "255.255.255.255"],
    ["::", "::1"],
    ["::ffff:0.0.0.0", "::ffff:255.255.255.255"],
    ["::ffff:127.0.0.1", "::ffff:8.8.8.8"],
    ["64:ff9b::7f00:1", "64:ff9b::8.8.8.8"],
    ["64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"],
    ["2002:7f00:1::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["2001:0:4136::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["fec0::", "feff::"],
    ["ff00::", "ffff::"],
  ])("[SR-01] from %s to %s is blocked", (first, last) => {
    expect([addressVerdict(first).is, addressVerdict(last).is]).toEqual(["blocked", "blocked"]);
  });

  test.each([
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.128.0.0",
    "128.0.0.0",
    "172.32.0.0",
    "223.255.255.255",
    "2606:4700::1",
    "2a00::1",
    "2003::1",
  ])("[SR-01] %s is of the internet", (address) => expect(addressVerdict(address)).toEqual({ is: "open" }));

  test.each([
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "100.100.100.200",
    "168.63.129.16",
    "fd00:ec2::254",
  ])("[SR-01] %s hands out a cloud's keys and never opens", (address) =>
    expect(addressVerdict(address).is).toBe("never"),
  );

  test.each(["", "localhost", "1.2.3", "fe80::1%eth0", "1.2.3.4:80", "[::1]", "::1\n"])("%j is no address", (text) => {
    expect(addressVerdict(text).is).toBe("never");
  });

  test("[SR-01] of IPv4 inside of IPv6 is never open, whichever it is", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        for (const prefix of ["::ffff:", "::", "64:ff9b::"])
          expect(addressVerdict(`${prefix}${address}`).is).not.toBe("open");
      }),
    );
  });
});

describe("a target", () => {
  test.each([
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://１６９.２５４.１６９.２５４/",
    "http://169。254。169。254/",
    "http://%31%36%39.254.169.254/",
    "http://169.254.169.254:80/",
  ])("[SR-02] %s is the address that it means", (url) => {
    expect(parseHttpUrl(url)?.target).toEqual({ host: "169.254.169.254", port: 80 });
  });

  test("[SR-02] the same holds for a host alone, and a short form is what it means", () => {
    for (const host of ["127.1", "2130706433", "0x7f.1", "017700000001", "１２７.0.0.1"])
      expect(parseTarget(host, 443)).toEqual({ host: "127.0.0.1", port: 443 });
    expect(parseTarget("::ffff:127.0.0.1", 1)).toEqual({ host: "::ffff:7f00:1", port: 1 });
    for (const host of ["", "a b", "a/b", "a?b", "a#b", "a@b", "a\\b", "a:1", "[::1", "a\nb"])
      expect(parseTarget(host, 80)).toBeUndefined();
    for (const port of [0, -1, 65_536, 1.5, Number.NaN]) expect(parseTarget("a", port)).toBeUndefined();
  });

  test.each([
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/",
    "ftp://a/",
    "unix:///run/docker.sock",
    "http+unix://%2Frun%2Fdocker.sock/",
    "data:text/plain,x",
    "javascript:1",
    "ws://a/",
    "//a/",
    "a",
    "",
    "http://",
    "http://user@a/",
    "http://user:password@a/",
    "http://a:0/",
    "http://a:99999/",
    "http://a b/",
  ])("[SR-05] %s is none of http and https", (url) => expect(parseHttpUrl(url)).toBeUndefined());

  test("[SR-11] an entry of the list opens exactly its host and port", () => {
    const opened = ["10.0.0.5:5432", "db.internal:443", "[fd00::5]:80"];
    const is = (text: string): boolean => isOpened(parseHostPort(text)!, opened);
    for (const text of [
      "10.0.0.5:5432",
      "db.internal:443",
      "DB.internal:443",
      "[fd00::5]:80",
      "[fd00:0::5]:80",
      "167772165:5432",
    ])
      expect({ text, is: is(text) }).toEqual({ text, is: true });
    for (const text of [
      "10.0.0.5:5433",
      "10.0.0.50:5432",
      "10.0.0.6:5432",
      "db.internal:80",
      "x.db.internal:443",
      "db.internal.:443",
      "[fd00::6]:80",
      "[::ffff:10.0.0.5]:5432",
    ])
      expect({ text, is: is(text) }).toEqual({ text, is: false });
    expect(isOpened({ host: "a", port: 1 }, ["", "a", "*:1", "a:*", ":1", "a:01x"])).toBe(false);
  });
});
