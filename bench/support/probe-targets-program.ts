// A site and a port for probes, which count what comes in each second. Says `targets {"http":…,"tcp":…}` when they listen,
// and the counts of whole seconds on GET /counts, which begins them anew.
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";

const bySecond = new Map<number, number>();
const count = (): void => {
  const second = Math.floor(Date.now() / 1_000);
  bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
};

const site = createHttpServer((request, response) => {
  if (request.url !== "/counts") {
    count();
    return void response.end("all is well");
  }
  const seconds = [...bySecond].toSorted(([one], [other]) => one - other).slice(1, -1);
  bySecond.clear();
  response.end(JSON.stringify(seconds.map(([, counted]) => counted)));
});
const port = createServer((socket) => {
  count();
  socket.on("error", () => undefined).end();
});

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen({ port: 0, host: "127.0.0.1", backlog: 4_096 }, () =>
      resolve((server.address() as AddressInfo).port),
    );
  });

const targets = { http: await listening(site), tcp: await listening(port) };
process.stdout.write(`targets ${JSON.stringify(targets)}\n`);
