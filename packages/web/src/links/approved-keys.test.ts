import { expect, test } from "vitest";
import { session } from "../api/session.ts";
import type { Me } from "../api/session.ts";
import { approvedBefore, noteApproved } from "./approved-keys.ts";

test("[UI19] a host key that the person before approved is approved in nobody else's name", () => {
  const me = { userId: "olga", rights: [] } as unknown as Me;
  session.set(me);
  noteApproved("web-1", "SHA256:abc");
  session.set({ ...me });
  expect(approvedBefore("web-1")).toBe("SHA256:abc");
  session.set(null);
  expect(approvedBefore("web-1")).toBeUndefined();
});
