import { isMusterError } from "@muster/core";
import { FakeClock } from "@muster/testkit";
import { expect, test } from "vitest";
import { LoginGuard } from "./login-guard.ts";
import type { UserStore, UserView } from "./users.ts";

/** Knows one user, whose password is "right". */
function guardOf(clock = new FakeClock()): { readonly guard: LoginGuard; readonly hashed: () => number } {
  let hashed = 0;
  const users: Pick<UserStore, "authenticate"> = {
    authenticate(name, password) {
      hashed++;
      return Promise.resolve(password === "right" ? ({ id: name } as UserView) : undefined);
    },
  };
  return { guard: new LoginGuard({ users: users as UserStore, clock }), hashed: () => hashed };
}

const outcome = (guard: LoginGuard, name: string, password: string, address: string): Promise<"in" | "out" | "wait"> =>
  guard.authenticate(name, password, address).then(
    (user) => (user ? "in" : "out"),
    (error: unknown) => {
      if (isMusterError(error, "RATE_LIMITED")) return "wait";
      throw error;
    },
  );

test("[SE-13] a flood from thousands of networks at thousands of accounts hashes no more than its share", async () => {
  const { guard, hashed } = guardOf();
  expect(await outcome(guard, "owner", "right", "203.0.113.1")).toBe("in");
  for (let count = 0; count < 3_000; count++)
    await outcome(
      guard,
      `account-${count}`,
      "guess",
      `2001:db8:${(count >> 8).toString(16)}:${(count & 255).toString(16)}::1`,
    );
  expect(hashed()).toBe(200);
  // Who signed in from this address before does not stand in that line.
  expect(await outcome(guard, "owner", "right", "203.0.113.1")).toBe("in");
  expect(await outcome(guard, "owner", "right", "203.0.113.2")).toBe("wait");
});

test("[SE-05] the addresses of one /64 are one address, and a throttled try is not hashed", async () => {
  const { guard, hashed } = guardOf();
  const got: string[] = [];
  for (let count = 0; count < 12; count++)
    got.push(await outcome(guard, `a${count}`, "guess", `2001:db8:1:2::${count.toString(16)}`));
  expect(got).toEqual([...Array<string>(10).fill("out"), "wait", "wait"]);
  expect(hashed()).toBe(10);
});
