import { rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { ServersFile } from "../src/servers-file.ts";
import { startTestHub } from "./harness.ts";
import type { Client, TestHub } from "./harness.ts";

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

const namesOf = async (client: Client): Promise<string[]> =>
  ((await client.get("/api/v1/servers")).json.items as { name: string }[]).map(({ name }) => name).toSorted();

test("[CP17] the file is read anew when the panel's client asks: new boxes are added, by whoever may add servers, and none goes", async () => {
  await using directory = await temporaryDirectory("servers-file-reload");
  const file = directory.file("servers.json");
  const box = (name: string, port: number) => ({ id: name.toLowerCase(), name, host: "127.0.0.1", port });
  const write = (...servers: object[]): void => writeFileSync(file, JSON.stringify({ servers }));
  write(box("Alpha", 1));
  const hub: TestHub = await startTestHub({ directory, settings: { serversFile: file } });
  const admin = hub.sessionOf("admin");
  const reload = (client: Client, path = "/compat/s1/api/servers/reload") => client.post(path, {});

  write(box("Beta", 2), { ...box("Gamma", 3), host: "" });
  for (const role of ["viewer", "operator"] as const) expect((await reload(hub.sessionOf(role))).status).toBe(403);
  expect(await namesOf(admin)).toEqual(["Alpha"]);
  const read = await reload(admin);
  expect([read.status, read.json]).toEqual([
    200,
    { message: expect.stringMatching(/^Servers read anew: 1 of 1 added\. servers\[1\]\.host: left out/), count: 1 },
  ]);
  expect(await namesOf(admin)).toEqual(["Alpha", "Beta"]);
  const [added] = (await admin.get("/api/v1/audit?action=server.add")).json.items as {
    actor: string;
    target: string;
  }[];
  expect(added).toMatchObject({ actor: "admin", target: "Beta" });

  // The root answers as well.
  write(box("Beta", 2), box("Delta", 4), box("Epsilon", 5));
  const both = await Promise.all([reload(admin), reload(admin, "/api/servers/reload")]);
  expect(both.map(({ json }) => json.message as string).toSorted()).toEqual([
    "Servers read anew: 0 of 3 added.",
    "Servers read anew: 2 of 3 added.",
  ]);
  expect(await namesOf(admin)).toEqual(["Alpha", "Beta", "Delta", "Epsilon"]);

  writeFileSync(file, '{ "servers": [ no json');
  const bad = await reload(admin);
  expect([bad.status, bad.json.detail]).toEqual([
    500,
    expect.stringMatching(/^The servers file cannot be used; no server was added\. \(.*is not JSON/),
  ]);
  rmSync(file);
  const gone = await reload(admin);
  expect([gone.status, gone.json.detail]).toEqual([500, "The servers file cannot be read: ENOENT."]);
  expect(await namesOf(admin)).toHaveLength(4);
  // What failed stands in the way of nothing.
  write(box("Zeta", 6));
  expect((await reload(admin)).json.count).toBe(1);
  await hub.stop();
});

test("[CP17] two who ask at one time add each box once, also after one of them failed", async () => {
  await using directory = await temporaryDirectory("servers-file-twice");
  const path = directory.file("servers.json");
  writeFileSync(path, JSON.stringify({ servers: [{ name: "Alpha", host: "127.0.0.1" }] }));
  const names: string[] = [];
  const file = new ServersFile(path, { names: () => names });
  const failed = expect(file.addNew(() => Promise.reject(new Error("full")))).rejects.toThrow("full");
  // Long enough for the other one to read the file, if it did not wait.
  const add = async ({ name }: { readonly name: string }): Promise<void> => {
    for (let round = 0; round < 20; round++) await readFile(path);
    names.push(name);
  };
  const later = [file.addNew(add), file.addNew(add)];
  await failed;
  expect((await Promise.all(later)).map(({ addedCount }) => addedCount)).toEqual([1, 0]);
  expect(names).toEqual(["Alpha"]);
});

test("[CP17] without a servers file the answer says which setting names one", async () => {
  await using hub = await startTestHub();
  const answer = await hub.sessionOf("admin").post("/compat/s1/api/servers/reload", {});
  expect([answer.status, answer.json.detail]).toEqual([
    404,
    expect.stringContaining("the setting serversFile names one"),
  ]);
});
