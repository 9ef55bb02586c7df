import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { IncidentView, RuleView, SilenceView } from "@muster/protocol";
import { waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { RealHub } from "./real-hub.ts";

/** Somebody who is told by a webhook. */
async function listener() {
  const heard: { readonly kind: string; readonly title: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString("utf8")));
    request.on("end", () => {
      heard.push(JSON.parse(body) as (typeof heard)[number]);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    heard,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A server that pushes; each call is a reading. */
async function pushing(hub: RealHub, name: string): Promise<(cpuPercent: number) => Promise<unknown>> {
  const made = JSON.parse((await hub.ask("POST", "join-tokens", { name, uses: 1 })).text) as { readonly token: string };
  const joined = await hub.ask("POST", "servers/register", { name, intervalMs: 1_000 }, made.token);
  const { id, token } = JSON.parse(joined.text) as { readonly id: string; readonly token: string };
  return (cpuPercent) => hub.ask("POST", `servers/${id}/heartbeat`, { metrics: { cpu_percent: cpuPercent } }, token);
}

test("an incident of a real hub from the rule to its end, by the command line alone", async () => {
  await using hub = await RealHub.open();
  await using told = await listener();
  const kinds = (): readonly string[] => told.heard.map(({ kind }) => kind);
  const said = async (...argv: string[]): Promise<string> => {
    const { code, output, errors } = await hub.say(argv);
    expect(code, errors).toBe(0);
    return output;
  };
  await said("notify", "add", "webhook", "ops", "--set", `url=${told.url}`, "--severity", "info");
  expect(await said("notify", "test", "ops")).toMatch(/^sent /);
  const bound = ["--metric", "cpu_busy_ratio", "--above", "info=0.5", "--above", "error=0.9"];
  await said("rules", "add", "--name", "Hot", ...bound, "--for", "0", "--clear-for", "0");
  await said("rules", "disable", "cpu");
  const beat = await pushing(hub, "web-1");
  const open = async (): Promise<readonly IncidentView[]> =>
    (await hub.json<{ items: IncidentView[] }>("incidents", "--server", "web-1")).items;
  const incident = await waitFor(
    async () => {
      await beat(70);
      return (await open())[0];
    },
    { timeoutMs: 15_000, describe: "it is open" },
  );
  expect(incident).toMatchObject({ rule: "Hot", severity: "info", title: "web-1: CPU 70 % (above 50 %)" });

  const beginning = incident.id.slice(0, 12);
  await said("ack", beginning);
  expect(await said("incidents")).toMatch(/^info .* acknowledged by admin .* web-1: CPU 70 %/m);
  await said("note", beginning, "a build runs");
  await said("ack", beginning, "--take-back");
  await said("snooze", beginning, "--for", "1h");
  expect(await said("incidents")).toContain("snoozed for");
  const silence = await hub.json<SilenceView>(
    ...["silence", "add", "--server", "web-1", "--severity-most", "warning", "--for", "1h", "--reason", "a build"],
  );
  expect(await said("silence")).toContain("server web-1; up to warning");
  // Worse than the silence covers, and worse than what was snoozed.
  await waitFor(
    async () => {
      await beat(99);
      return kinds().includes("escalated");
    },
    { timeoutMs: 15_000, describe: "it is told that it is worse" },
  );
  await said("silence", "end", silence.id);
  await waitFor(
    async () => {
      await beat(1);
      return kinds().includes("resolved");
    },
    { timeoutMs: 15_000, describe: "it is told that it is over" },
  );
  expect(kinds()).toEqual(["test", "opened", "acknowledged", "escalated", "resolved"]);
  const shown = await said("incidents", "show", beginning);
  for (const words of ["a build runs", "acknowledged", "snoozed", "escalated", "resolved", "ops"])
    expect(shown).toContain(words);
  expect(await said("notify", "deliveries", "--state", "sent")).toContain("resolved");
  expect(await open()).toEqual([]);
  expect(await said("incidents", "--all")).toContain("resolved");

  const exported = await said("rules", "export", "Hot");
  writeFileSync(hub.directory.file("rules.yaml"), exported);
  await hub.stopHub();
  await hub.startHub("--rules-file", hub.directory.file("rules.yaml"));
  expect(await hub.json<RuleView>("rules", "show", "Hot")).toMatchObject({ origin: "file:rules.yaml", forMs: 0 });
  const refused = await hub.say(["rules", "disable", "Hot"]);
  expect([refused.code, refused.errors.includes("stands in the file rules.yaml")]).toEqual([65, true]);
}, 90_000);
