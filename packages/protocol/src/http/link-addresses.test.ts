import { expect, test } from "vitest";
import { isDialAddress, isPullAddress } from "./link-addresses.ts";
import { linkSettings } from "./resources.ts";

test("an address to dial has nothing but its scheme, host and port", () => {
  for (const right of ["wss://10.0.0.5:8766", "WSS://[fd00::5]:1/", "ws://web-1.example"])
    expect([isDialAddress(right), linkSettings.safeParse({ kind: "agent", dial: right }).success]).toEqual([
      true,
      true,
    ]);
  for (const wrong of [
    ...["", "10.0.0.5:8766", "http://10.0.0.5", "wss://", "wss://a b", "wss://root@10.0.0.5", "wss://10.0.0.5/x"],
    ...["wss://10.0.0.5?x", "wss://10.0.0.5:99999", `wss://${"h".repeat(300)}`],
  ]) {
    expect(isDialAddress(wrong), wrong).toBe(false);
    expect(linkSettings.safeParse({ kind: "agent", dial: wrong }).success, wrong).toBe(false);
  }
});

test("an address to poll is one of http, without a user name and a password", () => {
  const isTaken = (url: string) => linkSettings.safeParse({ kind: "pull", adapter: "ipvtl", url }).success;
  for (const right of ["http://10.0.0.5:9100", "https://[fd00::5]/metrics?a=b", "HTTP://box"])
    expect([isPullAddress(right), isTaken(right)], right).toEqual([true, true]);
  for (const wrong of [
    ...["", "10.0.0.5", "ftp://10.0.0.5", "http://", "http:///", "http://a b/", "http://box:0/", "http://box:99999"],
    ...["http://root@box", "http://:secret@box", `http://box/${"x".repeat(2_000)}`],
  ])
    expect([isPullAddress(wrong), isTaken(wrong)], wrong).toEqual([false, false]);
});
