import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { FakeClock, needs, startSshd, temporaryDirectory } from "@muster/testkit";
import type { Sshd, SshdOptions } from "@muster/testkit";
import type { KeyReplacementView, SshKeyView } from "@muster/protocol";
import { sql } from "kysely";
import { expect, test } from "vitest";
import { LinkStore } from "../src/fleet/link-store.ts";
import { ServerStore } from "../src/fleet/server-store.ts";
import { editAuthorizedKeys } from "../src/key-replacement/authorized-keys-file.ts";
import { openState } from "../src/state/database.ts";
import { startTestHub } from "./harness.ts";
import type { Answer, TestHub, TestHubOptions } from "./harness.ts";
import { hostOf, never, targetOf } from "./ssh-fixture.ts";

const describeSsh = await needs("root", "sshd");
const UID = 61_020;
/** As most servers have it: each user's own file, and sshd looks at modes and owners. */
const OWN_FILES = ["AuthorizedKeysFile .ssh/authorized_keys", "StrictModes yes"];

interface World extends AsyncDisposable {
  readonly hub: TestHub;
  readonly sshd: Sshd;
  readonly oldKey: SshKeyView;
  readonly newKey: SshKeyView;
  /** The user's `authorized_keys`, and what is made of it. */
  file(user: string): string;
  write(user: string, text: string): void;
  read(user: string): string;
  /** A server that is reached as this user by the old key, whose line is there. Gives its id. */
  add(user: string, more?: { readonly via?: string; readonly name?: string; readonly sshd?: Sshd }): Promise<string>;
  ask(body: object): Promise<Answer>;
  /** Replaces, and waits until all is over. */
  replace(body?: object): Promise<KeyReplacementView>;
  keyOf(serverId: string): string;
}

/** A hub with two keys, and a machine with some users. */
async function world(
  users: readonly string[] = ["anna"],
  { sshd: options = {}, hub: hubOptions = {} }: { readonly sshd?: SshdOptions; readonly hub?: TestHubOptions } = {},
): Promise<World> {
  await using cleanup = new AsyncDisposableStack();
  const accounts = users.map((name, index) => ({ name, uid: name === "root" ? 0 : UID + index }));
  const sshd = cleanup.use(await startSshd({ config: OWN_FILES, users: accounts, ...options }));
  const hub = cleanup.use(await startTestHub({ users: { admin: "admin" }, ...hubOptions }));
  const admin = () => hub.sessionOf("admin");
  const made = async (body: object): Promise<SshKeyView> =>
    (await admin().post("/api/v1/ssh-keys", body)).json as SshKeyView;
  const oldKey = await made({ name: "old", privateKey: sshd.privateKey });
  const newKey = await made({ name: "new" });
  const uidOf = (user: string): number => accounts.find(({ name }) => name === user)?.uid ?? 0;
  const file = (user: string): string => `${sshd.home(user)}/.ssh/authorized_keys`;
  const write = (user: string, text: string): void => {
    const directory = `${sshd.home(user)}/.ssh`;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(file(user), text, { mode: 0o600 });
    for (const path of [directory, file(user)]) chownSync(path, uidOf(user), uidOf(user));
  };
  const keyOf = (serverId: string): string =>
    String(hub.state.prepare("SELECT key_id FROM server_link WHERE server_id = ?").get(serverId)?.["key_id"]);
  const ask = (body: object): Promise<Answer> =>
    admin().post(`/api/v1/ssh-keys/${oldKey.id}/replacements`, { newKeyId: newKey.id, ...body });
  const owned = cleanup.move();
  return {
    ...{ hub, sshd, oldKey, newKey, file, write, keyOf, ask },
    read: (user) => readFileSync(file(user), "latin1"),
    async add(user, { via, name = user, sshd: at = sshd } = {}) {
      if (at === sshd && !existsSync(file(user))) write(user, `${oldKey.publicKey}\n`);
      const link = {
        ...{ kind: "ssh", host: "127.0.0.1", port: at.port, user, authentication: "key", keyId: oldKey.id },
        ...(via !== undefined && { via }),
      };
      const added = await admin().post("/api/v1/servers", { name, link });
      const id = added.json.server.id as string;
      await approve(hub, id, await at.fingerprint("ed25519"));
      return id;
    },
    async replace(body = {}) {
      const asked = await ask(body);
      expect(asked.status, asked.text).toBe(202);
      const { json } = await admin().get(`/api/v1/key-replacements/${asked.json.id}?waitMs=60000`);
      return json as KeyReplacementView;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function approve(hub: TestHub, id: string, fingerprint: string): Promise<void> {
  await hub.sessionOf("admin").post(`/api/v1/servers/${id}/link/test`);
  const answer = await hub.sessionOf("admin").post(`/api/v1/servers/${id}/link/host-key`, { fingerprint });
  expect(answer.status, answer.text).toBe(200);
}

const stepsOf = (of: KeyReplacementView, server = 0): readonly string[] =>
  of.servers[server]!.steps.map(({ step, state }) => `${step} ${state}`);
const lastDetail = (of: KeyReplacementView, server = 0): string => of.servers[server]!.steps.at(-1)!.detail;
const rowsOf = (hub: TestHub, action: string): { target: string; decision: string; reason: string; args: object }[] =>
  hub.state
    .prepare("SELECT row FROM audit ORDER BY seq")
    .all()
    .map(({ row }) => JSON.parse(String(row)))
    .filter((row) => row.action === action);

describeSsh("[SS70] a key takes another one's place", () => {
  test("where it is let in already; host key, policy and all other settings stay, and each server leaves rows", async () => {
    await using at = await world();
    const id = await at.add("anna");
    const path = `/api/v1/servers/${id}/link`;
    const before = (await at.hub.sessionOf("admin").get(path)).json;
    const settings = { ...before.settings, policy: "- allow: agent.ping\n", sudo: false };
    await at.hub.sessionOf("admin").ask("PUT", path, { body: { link: settings } });
    at.write("anna", `${at.oldKey.publicKey}\n${at.newKey.publicKey}\n`);
    const done = await at.replace();
    expect(done.servers).toMatchObject([{ server: "anna", state: "succeeded", uses: "new" }]);
    expect(stepsOf(done)).toEqual(["test done", "switch done"]);
    const after = (await at.hub.sessionOf("admin").get(path)).json;
    expect(after).toEqual({ ...before, settings: { ...settings, keyId: at.newKey.id } });
    expect(after.hostKey).not.toBeNull();
    expect(at.read("anna")).toBe(`${at.oldKey.publicKey}\n${at.newKey.publicKey}\n`);
    const rows = rowsOf(at.hub, "server.replace-key");
    expect(rows).toMatchObject([
      { target: "anna", decision: "allowed", args: { oldKey: "old", newKey: "new", serverId: id } },
      { target: "anna", decision: "succeeded", args: { uses: "new", steps: ["test done", "switch done"] } },
    ]);
    expect(rowsOf(at.hub, "ssh-key.replace")).toMatchObject([{ target: "old", decision: "allowed" }]);
    // The old one is not needed any more.
    expect((await at.hub.sessionOf("admin").ask("DELETE", `/api/v1/ssh-keys/${at.oldKey.id}`)).status).toBe(204);
  });

  test("but not where it is refused: the server keeps its key, and the step and what to do are told", async () => {
    await using at = await world(["anna", "bert"]);
    const [anna, bert] = [await at.add("anna"), await at.add("bert")];
    at.write("bert", `${at.oldKey.publicKey}\n${at.newKey.publicKey}\n`);
    const done = await at.replace({ remove: true });
    const byName = Object.fromEntries(done.servers.map((server) => [server.server, server]));
    expect(byName["anna"]).toMatchObject({ state: "failed", uses: "old", steps: [{ step: "test", state: "failed" }] });
    expect(byName["anna"]!.steps[0]!.detail).toMatch(/^login: .*refused anna.*line of new.*authorized_keys of anna/);
    expect(byName["bert"]).toMatchObject({ state: "succeeded", uses: "new" });
    expect([at.keyOf(anna), at.keyOf(bert)]).toEqual([at.oldKey.id, at.newKey.id]);
    expect(at.read("anna")).toBe(`${at.oldKey.publicKey}\n`);
    expect(at.read("bert")).toBe(`${at.newKey.publicKey}\n`);
    expect(done.newKey.publicKey).toBe(at.newKey.publicKey);
    expect(rowsOf(at.hub, "server.replace-key").filter(({ decision }) => decision === "failed")).toMatchObject([
      { target: "anna", reason: expect.stringMatching(/^test: login: /) as string },
    ]);
  });

  test("nowhere where the server cannot be asked, or shows another host key", async () => {
    await using at = await world(["anna"], { sshd: { config: OWN_FILES } });
    const id = await at.add("anna");
    await at.sshd.restart("new-host-keys");
    const done = await at.replace({ install: true, remove: true });
    expect(stepsOf(done)).toEqual(["test failed"]);
    expect(lastDetail(done)).toMatch(/^host-key: .*has changed/);
    expect(at.keyOf(id)).toBe(at.oldKey.id);
    expect(at.read("anna")).toBe(`${at.oldKey.publicKey}\n`);
    await at.sshd.cut();
    expect(lastDetail(await at.replace({ install: true }))).toMatch(/^port: /);
  });

  test("only for servers that are named and use it, by who may and has proved who they are", async () => {
    await using at = await world(["anna", "bert"]);
    const [anna, bert] = [await at.add("anna"), await at.add("bert")];
    for (const user of ["anna", "bert"]) at.write(user, `${at.oldKey.publicKey}\n${at.newKey.publicKey}\n`);
    expect((await at.ask({ newKeyId: at.oldKey.id })).json.error.fields).toHaveProperty(["body.newKeyId"]);
    const pushed = await at.hub.sessionOf("admin").post("/api/v1/servers", { name: "push", link: { kind: "push" } });
    expect((await at.ask({ servers: [pushed.json.server.id] })).text).toContain("push does not use old");
    const done = await at.replace({ servers: [anna] });
    expect(done.servers.map(({ serverId }) => serverId)).toEqual([anna]);
    expect([at.keyOf(anna), at.keyOf(bert)]).toEqual([at.newKey.id, at.oldKey.id]);
    const stale = at.hub.sessionOf("admin");
    at.hub.clock.stepWallTime(6 * 60_000);
    const path = `/api/v1/ssh-keys/${at.oldKey.id}/replacements`;
    expect((await stale.post(path, { newKeyId: at.newKey.id })).code).toBe("STEP_UP_NEEDED");
    expect(at.keyOf(bert)).toBe(at.oldKey.id);
  });

  test("also on a server with an agent that keeps its way by SSH, and it stays with its agent", async () => {
    await using directory = await temporaryDirectory("keys");
    await using at = await world(["anna"], { hub: { directory } });
    const id = await at.add("anna");
    at.hub.state.prepare("UPDATE server SET link = 'agent' WHERE id = ?").run(id);
    await at.hub.stop();
    await using again = await startTestHub({ directory, users: { admin: "admin" }, clock: at.hub.clock });
    const asked = await again
      .sessionOf("admin")
      .post(`/api/v1/ssh-keys/${at.oldKey.id}/replacements`, { newKeyId: at.newKey.id, install: true, remove: true });
    expect(asked.status, asked.text).toBe(202);
    const { json } = await again.sessionOf("admin").get(`/api/v1/key-replacements/${asked.json.id}?waitMs=60000`);
    expect(stepsOf(json)).toEqual(["test skipped", "install done", "prove done", "switch done", "remove done"]);
    const server = (await again.sessionOf("admin").get(`/api/v1/servers/${id}`)).json;
    expect(server.link).toBe("agent");
    expect(at.read("anna")).toBe(`${at.newKey.publicKey}\n`);
  });

  test("but not where its settings are others by then than those that were tried", async () => {
    await using directory = await temporaryDirectory("links");
    const db = await openState(directory.file("state.db"));
    const run = (statement: string) => sql.raw(statement).execute(db);
    for (const key of ["old", "new"])
      await run(
        `INSERT INTO ssh_key VALUES ('${key}', '${key}', 'ssh-ed25519', '', 'SHA256:${key}', X'00', 0, 'anna')`,
      );
    const servers = new ServerStore({ db, clock: new FakeClock() });
    const store = await LinkStore.open({ db, kek: new Uint8Array(32) });
    const tried = { kind: "ssh", host: "10.0.0.1", user: "root", authentication: "key", keyId: "old" } as const;
    const wanted = { name: "one", link: "ssh", state: "active", tags: [], notes: "", intervalMs: 1_000 } as const;
    const id = await servers.make(wanted, async (transaction, serverId) => {
      await store.insert(transaction, serverId, tried, undefined);
    });
    await store.took(id);
    await store.change(id, { ...tried, sudo: true }, undefined);
    await expect(store.exchangeKey(id, tried, "new")).rejects.toMatchObject({ code: "CONFLICT" });
    expect(store.get(id)?.settings).toMatchObject({ keyId: "old", sudo: true });
    await expect(store.exchangeKey(id, store.get(id)!.settings, "none")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await store.exchangeKey(id, store.get(id)!.settings, "new");
    expect(store.get(id)?.settings).toEqual({ ...tried, sudo: true, keyId: "new" });
    await db.destroy();
  });

  test("[SS73] behind a server that is changed, too: that one waits for those behind it", async () => {
    await using at = await world(["anna", "bert", "cleo"]);
    const near = await at.add("anna");
    const middle = await at.add("bert", { via: near });
    const far = await at.add("cleo", { via: middle });
    const done = await at.replace({ install: true, remove: true });
    expect(done.servers.map(({ serverId, state }) => [serverId, state])).toEqual([
      [far, "succeeded"],
      [middle, "succeeded"],
      [near, "succeeded"],
    ]);
    expect(rowsOf(at.hub, "server.replace-key").map(({ target, decision }) => `${target} ${decision}`)).toEqual(
      ["cleo", "bert", "anna"].flatMap((name) => [`${name} allowed`, `${name} succeeded`]),
    );
    for (const user of ["anna", "bert", "cleo"]) expect(at.read(user)).toBe(`${at.newKey.publicKey}\n`);
  });
});

describeSsh("[SS71] the hub adds the new key's line", () => {
  test.each(["anna", "root"])("proves it, and takes the old one out: %s", async (user) => {
    await using at = await world([user]);
    const id = await at.add(user);
    const others = `# keys of ${user}\nssh-ed25519 AAAAother somebody\n`;
    at.write(user, `${others}from="127.0.0.1",no-agent-forwarding ${at.oldKey.publicKey} and more\n\xe9 is no line`);
    chmodSync(at.file(user), 0o644);
    const done = await at.replace({ install: true, remove: true });
    expect(stepsOf(done)).toEqual(["test skipped", "install done", "prove done", "switch done", "remove done"]);
    expect(at.keyOf(id)).toBe(at.newKey.id);
    expect(at.read(user)).toBe(
      `${others}\xc3\xa9 is no line\nfrom="127.0.0.1",no-agent-forwarding ${at.newKey.publicKey}\n`,
    );
    const { mode, uid } = statSync(at.file(user));
    expect([mode & 0o777, uid]).toEqual([0o600, user === "root" ? 0 : UID]);
    // Asked for again nothing is left to be done.
    const again = await at.replace({ install: true, remove: true, servers: [id] });
    expect(again.servers[0]).toMatchObject({ state: "succeeded", uses: "new" });
    expect(stepsOf(again)).toEqual(["test done", "remove skipped"]);
  });

  test("[SS74] takes it out again where it opens nothing, since sshd reads another file; by BusyBox, too", async () => {
    await using directory = await temporaryDirectory("elsewhere");
    chmodSync(directory.path, 0o755);
    const config = [`AuthorizedKeysFile ${directory.file("%u")}`, "StrictModes no"];
    await using at = await world(["anna"], { sshd: { config, sh: "/bin/busybox" } });
    writeFileSync(directory.file("anna"), at.oldKey.publicKey);
    const id = await at.add("anna");
    const home = at.sshd.home("anna");
    rmSync(`${home}/.ssh`, { recursive: true });
    const done = await at.replace({ install: true, remove: true });
    expect(stepsOf(done)).toEqual(["test skipped", "install done", "prove failed"]);
    expect(lastDetail(done)).toMatch(/refused anna.*taken out again.*AuthorizedKeysFile/);
    expect(at.keyOf(id)).toBe(at.oldKey.id);
    expect(at.read("anna")).toBe("");
    expect(statSync(`${home}/.ssh`).mode & 0o777).toBe(0o700);
  });

  test("is there with safe modes where the user had no file", async () => {
    await using directory = await temporaryDirectory("second");
    chmodSync(directory.path, 0o755);
    const config = [`AuthorizedKeysFile ${directory.file("%u")} .ssh/authorized_keys`, "StrictModes no"];
    await using at = await world(["anna"], { sshd: { config } });
    writeFileSync(directory.file("anna"), at.oldKey.publicKey);
    const id = await at.add("anna");
    rmSync(`${at.sshd.home("anna")}/.ssh`, { recursive: true });
    const done = await at.replace({ install: true, remove: true });
    expect(stepsOf(done)).toEqual(["test skipped", "install done", "prove done", "switch done", "remove skipped"]);
    expect(at.keyOf(id)).toBe(at.newKey.id);
    expect(at.read("anna")).toBe(`${at.newKey.publicKey}\n`);
    expect(statSync(at.file("anna")).mode & 0o777).toBe(0o600);
    expect(statSync(at.file("anna")).uid).toBe(UID);
  });

  /** What the file or its directory is, and what is told. */
  const spoiled: readonly (readonly [string, (at: World) => void, RegExp])[] = [
    [
      "is a symbolic link",
      (at) => {
        const real = `${at.sshd.home("anna")}/keys`;
        writeFileSync(real, `${at.oldKey.publicKey}\n`);
        chownSync(real, UID, UID);
        mkdirSync(`${at.sshd.home("anna")}/.ssh`);
        chownSync(`${at.sshd.home("anna")}/.ssh`, UID, UID);
        symlinkSync(real, at.file("anna"));
      },
      /symbolic link/,
    ],
    [
      "is in a directory that is a symbolic link",
      (at) => {
        at.write("anna", `${at.oldKey.publicKey}\n`);
        renameSync(`${at.sshd.home("anna")}/.ssh`, `${at.sshd.home("anna")}/real`);
        symlinkSync("real", `${at.sshd.home("anna")}/.ssh`);
      },
      /~\/.ssh is a symbolic link/,
    ],
    [
      "belongs to somebody else",
      (at) => {
        at.write("anna", `${at.oldKey.publicKey}\n`);
        chownSync(at.file("anna"), 0, 0);
        chmodSync(at.file("anna"), 0o644);
      },
      /belongs to somebody else/,
    ],
    [
      "is read-only",
      (at) => {
        at.write("anna", `${at.oldKey.publicKey}\n`);
        chmodSync(at.file("anna"), 0o400);
      },
      /read-only/,
    ],
    [
      "is in a directory that is read-only",
      (at) => {
        at.write("anna", `${at.oldKey.publicKey}\n`);
        chmodSync(`${at.sshd.home("anna")}/.ssh`, 0o500);
      },
      /cannot be written/,
    ],
  ];
  test.each(spoiled)("[SS74] not where the file %s: the server keeps its key", async (_, spoil, why) => {
    await using at = await world(["anna"], { sshd: { config: [OWN_FILES[0]!, "StrictModes no"] } });
    spoil(at);
    const id = await at.add("anna");
    const before = at.read("anna");
    const done = await at.replace({ install: true, remove: true });
    expect(stepsOf(done)).toEqual(["test skipped", "install failed"]);
    expect(lastDetail(done)).toMatch(why);
    expect(at.keyOf(id)).toBe(at.oldKey.id);
    expect(at.read("anna")).toBe(before);
  });
});

describeSsh("[SS75] asked again after the hub ended in the middle", () => {
  test("between adding and switching: the line is there once, and the rest is done", async () => {
    await using directory = await temporaryDirectory("keys");
    await using at = await world(["anna"], { hub: { directory } });
    const id = await at.add("anna");
    at.hub.state.exec("CREATE TRIGGER full BEFORE UPDATE ON server_link BEGIN SELECT RAISE(ABORT, 'no'); END");
    const broken = await at.replace({ install: true, remove: true });
    expect(stepsOf(broken)).toEqual(["test skipped", "install done", "prove done", "switch failed"]);
    expect(broken.servers[0]).toMatchObject({ state: "failed", uses: "old" });
    expect(at.read("anna")).toBe(`${at.oldKey.publicKey}\n${at.newKey.publicKey}\n`);
    at.hub.state.exec("DROP TRIGGER full");
    await at.hub.stop();
    await using again = await startTestHub({ directory, users: { admin: "admin" }, clock: at.hub.clock });
    const asked = await again
      .sessionOf("admin")
      .post(`/api/v1/ssh-keys/${at.oldKey.id}/replacements`, { newKeyId: at.newKey.id, install: true, remove: true });
    const { json } = await again.sessionOf("admin").get(`/api/v1/key-replacements/${asked.json.id}?waitMs=60000`);
    expect(stepsOf(json)).toEqual(["test done", "switch done", "remove done"]);
    expect(at.read("anna")).toBe(`${at.newKey.publicKey}\n`);
    expect(again.state.prepare("SELECT key_id FROM server_link WHERE server_id = ?").get(id)?.["key_id"]).toBe(
      at.newKey.id,
    );
  });

  test("between switching and taking out: whoever names the server has the line taken out", async () => {
    await using at = await world(["anna"]);
    const id = await at.add("anna");
    await at.replace({ install: true });
    expect(at.read("anna")).toContain(at.oldKey.publicKey);
    expect((await at.ask({ remove: true })).text).toContain("No server uses old");
    const done = await at.replace({ remove: true, servers: [id] });
    expect(stepsOf(done)).toEqual(["test done", "remove done"]);
    expect(at.read("anna")).toBe(`${at.newKey.publicKey}\n`);
  });
});

describeSsh("[SS72] the old key's line", () => {
  test("stays while another server of the hub is the same account and uses it", async () => {
    await using at = await world(["anna"]);
    const one = await at.add("anna", { name: "one" });
    const two = await at.add("anna", { name: "two" });
    const first = await at.replace({ install: true, remove: true, servers: [one] });
    expect(stepsOf(first).at(-1)).toBe("remove skipped");
    expect(lastDetail(first)).toContain("two is the same account");
    expect(at.read("anna")).toContain(at.oldKey.publicKey);
    const second = await at.replace({ install: true, remove: true, servers: [two] });
    expect(stepsOf(second)).toEqual(["test done", "switch done", "remove done"]);
    expect(at.read("anna")).toBe(`${at.newKey.publicKey}\n`);
  });
});

describeSsh("authorized_keys on a server", () => {
  test("[SS74] that was changed between reading and writing is not overwritten, and nothing is left beside it", async () => {
    await using sshd = await startSshd();
    using server = hostOf(await targetOf(sshd));
    const { host } = server;
    const directory = `${sshd.home("root")}/.ssh`;
    await editAuthorizedKeys(host, () => "first\n", never);
    let writes = 0;
    const between = {
      execute: host.execute.bind(host),
      readPart: host.readPart.bind(host),
      async feed(...all: Parameters<typeof host.feed>) {
        if (++writes === 1) appendFileSync(`${directory}/authorized_keys`, "second\n");
        return host.feed(...all);
      },
    };
    await expect(editAuthorizedKeys(between, (text) => `${text}own\n`, never)).resolves.toBe("changed");
    expect(writes).toBe(2);
    expect(readFileSync(`${directory}/authorized_keys`, "utf8")).toBe("first\nsecond\nown\n");
    expect(readdirSync(directory)).toEqual(["authorized_keys"]);
  });

  test("[SS74] that two of the hub's servers share is written by both, whichever comes in the middle of the other", async () => {
    await using sshd = await startSshd();
    using server = hostOf(await targetOf(sshd));
    const { host } = server;
    const directory = `${sshd.home("root")}/.ssh`;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    // What a server left that went down long ago.
    writeFileSync(`${directory}/.authorized_keys.muster-old`, "half");
    utimesSync(`${directory}/.authorized_keys.muster-old`, 0, 0);
    const add = (line: string) => (text: string) => `${text}${line}\n`;
    let writes = 0;
    const first = {
      execute: host.execute.bind(host),
      readPart: host.readPart.bind(host),
      feed(argv: readonly string[], input: Iterable<Uint8Array>, options: Parameters<typeof host.feed>[2]) {
        const isFirst = ++writes === 1;
        async function* interrupted() {
          yield* input;
          if (isFirst) await editAuthorizedKeys(host, add("second"), never);
        }
        return host.feed(argv, interrupted(), options);
      },
    };
    await expect(editAuthorizedKeys(first as typeof host, add("first"), never)).resolves.toBe("changed");
    expect(readFileSync(`${directory}/authorized_keys`, "utf8")).toBe("second\nfirst\n");
    expect(readdirSync(directory)).toEqual(["authorized_keys"]);
  });
});
