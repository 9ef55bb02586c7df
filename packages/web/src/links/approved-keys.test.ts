import { expect, test, vi } from "vitest";
import type { Me } from "../api/session.ts";

// Unit tests share their modules: the session of the others has a router listening that has no page here.
vi.resetModules();
const { session } = await import("../api/session.ts");
const { approvedBefore, noteApproved } = await import("./approved-keys.ts");

test("[UI19] a host key that the person before approved is approved in nobody else's name", () => {
  const me = { userId: "olga", rights: [] } as unknown as Me;
  session.set(me);
  noteApproved("web-1", "SHA256:abc");
  session.set({ ...me });
  expect(approvedBefore("web-1")).toBe("SHA256:abc");
  session.set(null);
  expect(approvedBefore("web-1")).toBeUndefined();
});
