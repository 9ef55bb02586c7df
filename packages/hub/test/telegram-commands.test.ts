import { hostname } from "node:os";
import { MINUTE_MS } from "@muster/core";
import type { LogStreamItem } from "@muster/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wireService } from "./harness.ts";
import { answer, GROUP, groupChat, nextCore, telegramWorld, tellServices } from "./telegram-world.ts";
import type { TelegramWorld } from "./telegram-world.ts";

const OLGA = { id: 4_242 };
const VERA = { id: 111 };
const PLAN = "Restart nginx.service on alpha?";

let world: TelegramWorld;
beforeEach(async () => {
  world = await telegramWorld();
  await world.bind("operator", OLGA);
  await world.bind("viewer", VERA);
  // Nobody's first messages are to wait for their turn.
  await world.hub.clock.advance(10_000);
});
afterEach(() => world[Symbol.asyncDispose]());

const text = async (line: string, who = OLGA): Promise<string> => (await world.ask(who, line)).text;
const alpha = () => world.hub.servers[0]!;

describe("looking", () => {
  test("[TGB10] servers, services and incidents are told, in the language of whoever asks", async () => {
    expect(await text("/servers")).toMatch(/^alpha: waiting, Services 1\nbeta: waiting$/);
    expect(await text("/stats")).toMatch(/^0 of 2 servers online\nalpha: waiting/);
    expect(await text("/stats alpha")).toContain("alpha: waiting");
    expect(await text("/services")).toContain("nginx.service (alpha)");
    expect(await text("/services beta")).toBe("There are no such services.");
    expect(await text("/services ngin")).toContain("nginx.service (alpha)");
    expect(await text("/warn")).toBe("Nothing is wrong.");
    expect(await text("/help")).toContain("/silence <server> <minutes> <reason>");
    expect(await text("/constructor")).toContain("I do not know this command");
    const russian = await world.ask({ ...OLGA, language: "ru-RU" } as typeof OLGA, "/warn");
    expect(russian.text).toBe("Всё в порядке.");
  });

  test("[TGB11] numbers come with the last hour as a row of blocks", async () => {
    await using agent = await world.agent();
    const define = [{ metric: "cpu_busy_ratio" }, { metric: "memory_used_ratio" }];
    const until = world.hub.clock.now();
    for (let minute = 0; minute < 60; minute++)
      agent.batch(minute + 1, until - (59 - minute) * MINUTE_MS, [minute / 60, 0.5], { define, late: minute < 59 });
    await agent.acknowledged(60);
    const report = await text("/stats alpha");
    expect(report).toMatch(/CPU: 98\.3 %\n[ ▁▂▃▄▅▆▇█]{20} the last hour\nMemory: 50 %/);
    expect(report).toContain("▁");
    expect(report).toContain("█");
    const chart = await world.ask(OLGA, "/chart alpha cpu 1");
    expect(chart.text).toBe("alpha, the last 1 h");
    expect([chart.picture!.readUInt32BE(16), chart.picture!.readUInt32BE(20)]).toEqual([800, 240]);
    expect(await text("/chart alpha disk")).toBe("alpha, the last 6 h\nThere are no values of that time.");
    for (const line of ["/chart", "/chart alpha cpu 0", "/chart alpha cpu 999", "/chart alpha a b", "/chart alpha {}"])
      expect(await text(line)).toBe("Like this: /chart web cpu|memory|disk|load|network|temperature 24");
    const stats = await world.ask(OLGA, "/stats alpha");
    const count = world.bot.messages.length;
    await world.press(OLGA, stats, "Chart");
    await world.until(() => world.bot.messages.length > count, "the chart comes");
    const usual = world.bot.messages.at(-1)!;
    expect([usual.text, usual.picture!.readUInt32BE(20)]).toEqual(["alpha, the last 6 h", 480]);
  });

  test("[TGB16] one person gets a few pictures a minute, and one that Telegram does not take is said", async () => {
    await using agent = await world.agent();
    agent.batch(1, world.hub.clock.now(), [0.5, 0.5], { define: [{ metric: "cpu_busy_ratio" }, { metric: "load1" }] });
    await agent.acknowledged(1);
    await world.hub.clock.advance(1_000);
    world.telegram.fail("sendPhoto", { status: 500 });
    const failed = await world.ask(OLGA, "/chart alpha");
    expect([failed.text, failed.picture]).toEqual(["alpha, the last 6 h\nThe picture could not be sent.", undefined]);
    for (let count = 0; count < 5; count++) expect((await world.ask(OLGA, "/chart alpha cpu")).picture).toBeDefined();
    expect(await text("/chart alpha cpu")).toBe("Not so fast, please.");
    expect((await world.ask(VERA, "/chart alpha cpu")).picture).toBeDefined();
  });

  test("[TGB12] what a name could mean is asked for by buttons, which do what was asked with the one that is pressed", async () => {
    await using agent = await world.agent();
    tellServices(
      agent,
      ["web-a.service", "web-b.service"].map((name) => wireService({ name })),
    );
    await world.until(
      async () => (await world.hub.sessionOf("viewer").get("/api/v1/services")).json.items.length === 2,
      "the services are known",
    );
    const which = await world.ask(OLGA, "/restart alp web");
    expect(which.text).toBe("Which one?");
    expect(which.keys.map((key) => key.text)).toEqual(["web-a.service", "web-b.service"]);
    await world.press(OLGA, which, which.keys[1]!.text);
    await world.until(() => which.text.startsWith("Restart web-b.service on alpha?"), "the plan stands in its place");
    expect(which.keys.map((key) => key.text)).toEqual(["Confirm", "Cancel"]);
    expect(await text("/logs alpha web-c")).toContain("There is no service like web-c on alpha.");
    expect(await text("/reboot gamma")).toBe("There is no server like gamma.");
  });

  test("[TGB13] [XS-01] [TG-04] [SR-10] names and lines of logs become no link, command, mention, line break or button", async () => {
    await using agent = await world.agent();
    const hostile = "http://evil.example/@all/reboot www.evil.example #x";
    tellServices(agent, [wireService({ name: "evil\r\n/reboot@first_bot alpha.example".slice(0, 60) })]);
    await world.quiet();
    const asking = world.ask(OLGA, "/logs alpha evil 5");
    const open = await agent.next("open");
    const line = (content: string): LogStreamItem => ({ at: 1, cursor: "c", level: 6, text: content, stream: null });
    agent.send({
      ...{ t: "items", id: open.id },
      items: [line(`${hostile}\r\nConfirm\u202e`), ...Array.from({ length: 80 }, () => line("x".repeat(600)))],
    });
    agent.send({ t: "end", id: open.id, error: "" });
    // The stand-in refuses whatever a client would make a link of, and more than 4,096 characters.
    const shown = (await asking).text;
    expect(shown).not.toMatch(/\r|\u202e/);
    expect(shown.split("\n")[0]).toMatch(/^Log of alpha\/evil/);
    expect(await text("/services")).toMatch(/^evil/);
    expect(await text(`/stats ${hostile.replaceAll(" ", "")}`)).toMatch(/^There is no server like http/);
    expect((await world.auditRows("logs.read"))[0]).toMatchObject({
      door: "telegram",
      actor: "operator (Telegram 4242)",
    });
  });

  test("[TGB14] [AZ-02] whoever may not read logs is not shown any, and that is written nowhere as allowed", async () => {
    expect(await text("/logs alpha nginx", VERA)).toBe("Your role does not allow this.");
    expect(await world.auditRows("logs.read")).toEqual([]);
  });
});

describe("what takes something away", () => {
  test("[TGB20] [TG-02] is a plan first; its button does exactly that, and the message says what the server observed", async () => {
    await using agent = await world.agent();
    for (const [outcome, said] of [
      ["succeeded", "Succeeded: done"],
      ["failed", "Failed: done"],
      ["refused", "Refused: done"],
    ] as const) {
      const plan = await world.ask(OLGA, "/restart alpha nginx");
      expect(plan.text).toBe(`${PLAN}\nOnly you can confirm, within 60 s.`);
      expect(await world.press(OLGA, plan, "Confirm")).toContain("waiting for the outcome");
      const core = await nextCore(agent);
      expect(core).toMatchObject({
        ...{ action: "service.restart", args: { driver: "systemd", name: "nginx.service" } },
        actor: { name: "operator", role: "operator", door: "telegram" },
      });
      answer(agent, alpha(), core.cmd, { outcome });
      await world.until(
        () => plan.text.includes(said),
        () => plan.text,
      );
      expect(plan.text).toBe(`${PLAN}\n${said}`);
      expect(plan.keys).toEqual([]);
    }
    const rows = await world.auditRows("service.restart");
    expect(rows.map(({ actor, door }) => [actor, door])).toContainEqual(["operator (Telegram 4242)", "telegram"]);
  });

  test("[TGB21] [TG-02] a reboot is proven by the button, within 60 s and no later", async () => {
    await using agent = await world.agent();
    const plan = await world.ask(OLGA, "/reboot alpha");
    await world.hub.clock.advance(MINUTE_MS);
    expect(await world.press(OLGA, plan, "Confirm")).toBe("Too late. Ask again.");
    const again = await world.ask(OLGA, "/reboot alpha");
    await world.press(OLGA, again, "Confirm");
    expect(await nextCore(agent)).toMatchObject({ action: "server.reboot", args: {} });
  });

  test("[TGB22] [TG-02] one press of one person does one thing once", async () => {
    await using agent = await world.agent();
    await world.bind("admin", { id: 7 });
    const group = { ...OLGA, chat: groupChat };
    const plan = await world.ask(group, "/restart alpha nginx");
    expect(plan.chatId).toBe(GROUP);
    expect(await world.press({ id: 7, chat: groupChat }, plan, "Confirm")).toBe("This button is for somebody else.");
    expect(await world.press({ id: 666, chat: groupChat }, plan, "Confirm")).toContain("people who are bound");
    const presses = [world.bot.press(group, plan, "Confirm"), world.bot.press(group, plan, "Confirm")];
    await world.until(() => presses.every((id) => world.bot.answers.has(id)), "both are answered");
    expect(new Set(presses.map((id) => world.bot.answers.get(id)))).toEqual(
      new Set(["Asked; waiting for the outcome …", "This was pressed already."]),
    );
    answer(agent, alpha(), (await nextCore(agent)).cmd);
    await world.until(() => plan.text.includes("Succeeded"), "it is done");
    expect(agent.frames.filter(({ t }) => t === "cmd")).toHaveLength(1);
    const cancelled = await world.ask(OLGA, "/restart alpha nginx");
    const keys = [...cancelled.keys];
    await world.press(OLGA, cancelled, "Cancel");
    await world.until(() => cancelled.text === "Cancelled.", "it is cancelled");
    expect(await world.press(OLGA, { ...cancelled, keys }, "Confirm")).toBe("This was pressed already.");
    // Nothing that a changed client could send is anything.
    for (const data of ["b:0123456789abcdefghijkl:0", "i:restart:x", "i:reboot:y", ""]) {
      const id = world.bot.press(OLGA, { ...cancelled, keys }, "Confirm", { data: data || "x" });
      await world.until(() => world.bot.answers.has(id), "it is answered");
      expect(world.bot.answers.get(id)).toBe("This button does nothing any more.");
    }
    expect(agent.frames.filter(({ t }) => t === "cmd")).toHaveLength(1);
  });

  test("[TGB23] [TG-02] what is called otherwise meanwhile is another thing: nothing is done to it", async () => {
    await using agent = await world.agent();
    const plan = await world.ask(OLGA, "/restart alpha nginx");
    const admin = world.hub.sessionOf("admin");
    await admin.ask("PATCH", `/api/v1/servers/${alpha().id}`, { body: { name: "omega" } });
    await world.press(OLGA, plan, "Confirm");
    await world.until(
      () => plan.text.includes("has changed meanwhile"),
      () => plan.text,
    );
    const service = await world.ask(OLGA, "/restart omega nginx");
    tellServices(agent, []);
    await world.until(async () => (await admin.get("/api/v1/services")).json.items.length === 0, "the service is gone");
    await world.press(OLGA, service, "Confirm");
    await world.until(
      () => service.text.includes("has changed meanwhile"),
      () => service.text,
    );
    expect(agent.frames.filter(({ t }) => t === "cmd")).toEqual([]);
  });

  test("[TGB24] [AZ-02] a viewer is refused at once, which is written down; whoever is demoted is refused at the press", async () => {
    await using agent = await world.agent();
    for (const line of ["/restart alpha nginx", "/reboot alpha"])
      expect(await text(line, VERA)).toBe("Your role does not allow this.");
    for (const action of ["service.restart", "server.reboot"])
      expect(await world.auditRows(action)).toMatchObject([
        { decision: "refused", actor: "viewer (Telegram 111)", door: "telegram" },
      ]);
    const [plan, reboot] = [await world.ask(OLGA, "/restart alpha nginx"), await world.ask(OLGA, "/reboot alpha")];
    const admin = world.hub.sessionOf("admin");
    const path = `/api/v1/users/${world.hub.userIds["operator"]}`;
    await admin.ask("PATCH", path, { body: { role: "viewer" } });
    await world.press(OLGA, plan, "Confirm");
    await world.until(
      () => plan.text.endsWith("Your role does not allow this."),
      () => plan.text,
    );
    await admin.ask("PATCH", path, { body: { enabled: false } });
    expect(await world.press(OLGA, reboot, "Confirm")).toContain("people who are bound");
    expect(agent.frames.filter(({ t }) => t === "cmd")).toEqual([]);
  });

  test("[TGB25] a server that is not connected is told; the hub's own machine is found among the servers, or is none of them", async () => {
    const plan = await world.ask(OLGA, "/restart alpha nginx");
    await world.press(OLGA, plan, "Confirm");
    await world.until(
      () => plan.text.includes("not connected"),
      () => plan.text,
    );
    expect(await text("/hostreboot")).toBe("The hub's own machine is no server of this hub.");
    await using agent = await world.agent();
    const facts = {
      ...{ hostName: hostname(), osName: null, osVersion: null, osId: null, kernel: null, architecture: null },
      ...{ cpuModel: null, cpuCount: null, memoryBytes: null, virtualisation: null, container: null, bootId: null },
      ...{ addresses: [], externalAddress: null, nodeVersion: null, sources: {} },
    };
    agent.send({ t: "facts", facts });
    const admin = world.hub.sessionOf("admin");
    await world.until(
      async () => (await admin.get(`/api/v1/servers/${alpha().id}`)).json.facts !== null,
      "what its host is called is known",
    );
    expect(await text("/hostreboot")).toMatch(/^Reboot alpha\?/);
  });

  test("[TGB26] what comes late is not done, and nobody asks faster than a person does", async () => {
    const date = Math.floor(world.hub.clock.now() / 1_000) - 16 * 60;
    world.bot.write(OLGA, "/restart alpha nginx", { date });
    await world.until(() => world.bot.messages.at(-1)?.text.includes("too late") === true, "it is told");
    const before = world.bot.messages.length;
    for (let count = 0; count < 60; count++) world.bot.write(OLGA, "/help");
    await world.quiet();
    const answers = world.bot.messages.slice(before).filter(({ chatId }) => chatId === OLGA.id);
    expect(answers.length).toBeLessThan(60);
    expect(answers.filter(({ text: said }) => said === "Not so fast, please.").length).toBeLessThanOrEqual(2);
  });
});
