import { describe, expect, test } from "vitest";
import { parseFilter, splitWords, toggleWord } from "./filter.ts";
import type { Server } from "./fleet-view.ts";

const server = {
  name: "Web 1",
  tags: ["prod", "rack:4"],
  address: "10.0.0.7",
  state: "active",
  link: "ssh",
  linkState: { is: "failing", since: 0, detail: "", roundTripMs: null, triedAt: null },
  presence: { is: "online", since: 0 },
  facts: { osName: "Debian GNU/Linux", osVersion: "12" },
  summary: {
    at: 100_000,
    cpuBusyRatio: 0.85,
    memoryUsedRatio: 0.5,
    worstDisk: { mount: "/", usedRatio: 0.91 },
    load1: 3.2,
    temperatureCelsius: null,
    networkReceiveBytesPerSecond: 20 * 1_024 ** 2,
    networkTransmitBytesPerSecond: 0,
  },
} as unknown as Server;

const matches = (text: string): boolean => parseFilter(text).matches(server, 105_000);

describe("filter", () => {
  test.each([
    "",
    "web",
    "WEB",
    "tag:prod",
    "tag:pro*",
    "rack:4",
    "tag:rack:4",
    'name:"web 1"',
    "os:debian",
    "10.0",
    "online",
    "state:online",
    "cpu>80",
    "mem>=50%",
    "disk<95",
    "load>3",
    "rx>10M",
    "age<10",
    "link:ssh",
    "link:failing",
    "-link:agent",
    "-offline",
    "-tag:test",
    "tag:prod cpu>80 online",
  ])("%j keeps the server", (text) => {
    expect(matches(text)).toBe(true);
  });

  test.each([
    "db",
    "tag:pro",
    "offline",
    "cpu>90",
    "mem<50",
    "rx<10M",
    "-web",
    "tag:prod offline",
    "age>60",
    "link:pull",
  ])("%j leaves it out", (text) => {
    expect(matches(text)).toBe(false);
    expect(parseFilter(text).wrong).toEqual([]);
  });

  test("what a server does not say is neither above nor below", () => {
    expect(matches("temp>0")).toBe(false);
    expect(matches("temp<1000")).toBe(false);
  });

  test.each(["cpu>high", "cpus>8", "state:sleeping", "tag:", "-cpu>"])("%j is named as wrong", (text) => {
    expect(parseFilter(text).wrong).toEqual([text]);
    expect(matches(text)).toBe(false);
  });

  test("quotes keep spaces together, and an open quote ends at the end", () => {
    expect(splitWords('a "b c" name:"d e" "f g')).toEqual(["a", "b c", "name:d e", "f g"]);
  });

  test("a count is a filter: once on, once off, one state at a time", () => {
    const states = ["online", "offline"];
    expect(toggleWord("tag:prod", "offline", states)).toBe("tag:prod offline");
    expect(toggleWord("tag:prod offline", "online", states)).toBe("tag:prod online");
    expect(toggleWord("tag:prod online", "online", states)).toBe("tag:prod");
  });
});
