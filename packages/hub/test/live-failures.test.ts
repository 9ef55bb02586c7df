import { SECOND_MS } from "@muster/core";
import { waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { startTestHub } from "./harness.ts";
import { openLive } from "./live-socket.ts";

test("a topic that cannot be read is refused, whoever looks may look again, and the hub goes on", async () => {
  await using hub = await startTestHub({ users: { viewer: "viewer" }, servers: ["one"], services: ["a.service"] });
  const topic = `ledger/${hub.serviceIds[0]!}`;
  const live = await openLive(hub, hub.sessionOf("viewer"));
  hub.state.exec("ALTER TABLE ledger RENAME TO away");
  live.send({ t: "subscribe", topic });
  expect(await live.next(({ t }) => t === "refused", "refused")).toMatchObject({ topic });
  hub.state.exec("ALTER TABLE away RENAME TO ledger");
  const since = live.messages.length;
  live.send({ t: "subscribe", topic });
  expect(await live.next(({ t }) => t === "state", "the ledger", since)).toMatchObject({
    topic,
    state: { entries: [] },
  });
  await live.close();
});

test("a session that cannot be read closes its live connection, and the hub goes on", async () => {
  await using hub = await startTestHub({ users: { viewer: "viewer" }, servers: ["one"] });
  const live = await openLive(hub, hub.sessionOf("viewer"));
  hub.state.exec("ALTER TABLE session RENAME TO away");
  const closed = live.closed;
  let isClosed = false;
  void closed.then(() => (isClosed = true));
  await waitFor(
    async () => {
      await hub.clock.advance(5 * SECOND_MS);
      return isClosed;
    },
    { describe: () => "the connection is closed" },
  );
  hub.state.exec("ALTER TABLE away RENAME TO session");
  const again = await openLive(hub, hub.sessionOf("viewer"));
  await again.close();
});
