import { expect, test } from "vitest";
import type { Server } from "./fleet-view.ts";
import { linkTrouble, unreached } from "./server-state.ts";

type LinkStateName = NonNullable<Server["linkState"]>["is"];

const server = (
  link: LinkStateName | null,
  presence: "online" | "offline" = "offline",
  state: Server["state"] = "active",
) =>
  ({
    state,
    presence: { is: presence, since: 0 },
    linkState: link && { is: link, since: 0, detail: "why", roundTripMs: null, triedAt: 0 },
  }) as const;

test("a way that fails, waits for its host key or is not let in is trouble; one not tried yet is not", () => {
  const troubled = (["waiting", "ok", "failing", "host-key", "login"] as const).filter((is) => linkTrouble(server(is)));
  expect(troubled).toEqual(["failing", "host-key", "login"]);
  expect(linkTrouble(server(null))).toBeUndefined();
});

test("a server that was shut out on purpose has no trouble", () => {
  expect(linkTrouble(server("failing", "offline", "revoked"))).toBeUndefined();
});

test("readings give way to the reason once they are old, not at the first try that fails", () => {
  expect(unreached(server("failing", "online"))).toBeUndefined();
  expect(unreached(server("failing"))?.detail).toBe("why");
});
