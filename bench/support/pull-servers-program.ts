// A thousand pulled servers in one process, each on a port of its own: answers that were recorded or composed, with a
// clock that moves where the reader looks at it. Arguments: one `kind:count` each; kind `hanging` never answers.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";

const fixture = (name: string): string => readFileSync(new URL(`../../fixtures/pull/${name}`, import.meta.url), "utf8");
const exporter = [fixture("node-exporter-debian-vm.txt"), fixture("node-exporter-debian-vm.next.txt")].map((text) =>
  Buffer.from(text),
);
const monitor = Buffer.from(fixture("server-monitor-all.json"));
const virgilio = fixture("virgilio-metrics.json");
const two = (count: number): string => String(Math.floor(count) % 60).padStart(2, "0");
const channels = (): string => {
  const seconds = performance.now() / 1_000;
  const status = `${two(seconds / 3_600)}:${two(seconds / 60)}:${two(seconds)} 25fps@4000Kbps`;
  return JSON.stringify({
    cpu: [10, 20, 30, 40],
    channels: Array.from({ length: 20 }, () => ({ state: "running", status })),
  });
};

let turn = 0;
const ANSWERS: Readonly<Record<string, RequestListener>> = {
  "node-exporter": (_request, response) => void response.end(exporter[turn++ % 2]),
  ipvtl: (_request, response) => void response.end(channels()),
  virgilio: (_request, response) => void response.end(virgilio.replace(/2026-01-15T[^"]*/, new Date().toISOString())),
  "server-monitor": (_request, response) => void response.end(monitor),
  hanging: () => undefined,
};

const listening = process.argv.slice(2).flatMap((argument) => {
  const [kind = "", count = "0"] = argument.split(":");
  return Array.from({ length: Number(count) }, async () => {
    const server = createServer(ANSWERS[kind]!);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { kind: kind === "hanging" ? "node-exporter" : kind, port: (server.address() as AddressInfo).port };
  });
});
const ready = await Promise.all(listening);
process.stdout.write(`servers ${JSON.stringify(ready)}\n`);
