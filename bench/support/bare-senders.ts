import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";

export interface BareRun {
  readonly acknowledged: number;
  readonly ackMs: readonly number[];
}

/** Sends frames of the same size and at the same pace as simulated agents, without proofs; `begins` is called when all are connected. */
export async function bareSenders(
  load: {
    readonly port: number;
    readonly agents: number;
    readonly intervalMs: number;
    readonly series: number;
    readonly durationMs: number;
  },
  begins: () => void,
): Promise<BareRun> {
  const sentMs = new Map<number, number>();
  const ackMs: number[] = [];
  const sockets = await Promise.all(
    Array.from({ length: load.agents }, async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${load.port}`, { perMessageDeflate: false });
      socket.on("message", (message: Buffer) => {
        const { seqs } = JSON.parse(message.toString("utf8")) as { seqs: [[number, number]] };
        const seq = seqs[0][0];
        ackMs.push(performance.now() - sentMs.get(seq)!);
        sentMs.delete(seq);
      });
      await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
      return socket;
    }),
  );
  begins();
  const startedMs = performance.now();
  let sent = 0;
  for (let nowMs = startedMs; nowMs - startedMs < load.durationMs; nowMs = performance.now()) {
    const due = Math.floor(((nowMs - startedMs) / load.intervalMs) * load.agents);
    for (; sent < due; sent++) {
      const values = Array.from(
        { length: load.series },
        (_, index) => Math.round(1e6 * Math.random()) / (index % 2 === 0 ? 1e4 : 1),
      );
      sentMs.set(sent, performance.now());
      sockets[sent % sockets.length]!.send(
        `{"t":"batch","seq":${sent},"layout":0,"rows":[[${Date.now()},${values.join(",")}]]}`,
      );
    }
    await delay(20);
  }
  await delay(500);
  for (const socket of sockets) socket.terminate();
  return { acknowledged: ackMs.length, ackMs };
}
