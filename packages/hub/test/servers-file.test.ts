import { writeFileSync } from "node:fs";
import { temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { startTestHub } from "./harness.ts";

test("[PL40] boxes of a servers file are added at each start, what is there stays, and a bad file stops nothing", async () => {
  await using directory = await temporaryDirectory("servers-file");
  const file = directory.file("servers.json");
  const boxes = [
    { id: "a", name: "Alpha", host: "127.0.0.1", port: 1, description: "first" },
    { id: "b", name: "Beta", host: "127.0.0.1", port: 2, description: null },
  ];
  writeFileSync(file, JSON.stringify({ servers: boxes }));
  const settings = { serversFile: file };
  const names = async (hub: Awaited<ReturnType<typeof startTestHub>>): Promise<[string, string][]> => {
    const { json } = await hub.sessionOf("admin").get("/api/v1/servers");
    return (json.items as { name: string; link: string; notes: string }[]).map(({ name, link }) => [name, link]);
  };
  const first = await startTestHub({ directory, settings });
  expect(await names(first)).toEqual([
    ["Alpha", "pull"],
    ["Beta", "pull"],
  ]);
  const admin = first.sessionOf("admin");
  const [alpha] = (await admin.get("/api/v1/servers")).json.items as { id: string }[];
  await admin.ask("PATCH", `/api/v1/servers/${alpha!.id}`, { body: { notes: "changed here" } });
  await first.stop();

  writeFileSync(file, JSON.stringify({ servers: [...boxes, { id: "c", name: "Gamma", host: "127.0.0.1", port: 3 }] }));
  const second = await startTestHub({ directory, settings, clock: first.clock });
  expect((await names(second)).map(([name]) => name)).toEqual(["Alpha", "Beta", "Gamma"]);
  const kept = (await second.sessionOf("admin").get(`/api/v1/servers/${alpha!.id}`)).json;
  expect(kept.notes).toBe("changed here");
  const audit = (await second.sessionOf("admin").get("/api/v1/audit?action=server.add")).json.items as object[];
  expect(audit).toHaveLength(3);
  await second.stop();

  writeFileSync(file, "{ no json");
  const third = await startTestHub({ directory, settings, clock: first.clock });
  expect(await names(third)).toHaveLength(3);
  expect(third.logs.join("\n")).toContain("the servers file has a problem");
  await third.stop();
});
