import { expect, test } from "vitest";
import type { Server } from "../../fleet/fleet-view.ts";
import { serverTabs } from "./server-tabs.ts";

const server = (link: Server["link"], total = 0) => ({
  link,
  linkState: null,
  services: { total, running: 0, failed: 0, unhealthy: 0 },
  hasSshLink: link === "ssh",
});
const keys = (...of: Parameters<typeof serverTabs>): readonly string[] => serverTabs(...of).map(({ key }) => key);
const pull = (adapter: "ipvtl" | "virgilio") => ({ kind: "pull", adapter, url: "http://box" }) as const;

test("a server has the parts that its link can give, and no others", () => {
  expect(keys(server("agent"), undefined)).toEqual(["metrics", "services", "processes", "actions", "settings"]);
  expect(keys(server("ssh"), undefined)).toContain("connection");
  // Its agent was put there over SSH, and can be taken away by it.
  expect(keys({ ...server("agent"), hasSshLink: true }, undefined)).toContain("connection");
  // The hub dials it.
  const linkState = { is: "ok", since: 0, detail: "", roundTripMs: 1, triedAt: 0 } as const;
  expect(keys({ ...server("agent"), linkState }, undefined)).toContain("connection");
  expect(keys(server("push"), { kind: "push" })).toEqual(["metrics", "connection", "settings"]);
  expect(keys(server("pull", 8), pull("ipvtl"))).toEqual(["metrics", "channels", "actions", "connection", "settings"]);
  expect(keys(server("pull", 3), pull("virgilio"))).toContain("services");
  expect(keys(server("pull"), pull("virgilio"))).not.toContain("services");
});
