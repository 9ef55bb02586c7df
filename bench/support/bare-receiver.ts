// The floor that ingest is compared with: a WebSocket server that parses each batch, keeps the numbers in memory and
// acknowledges at once. No proofs, no checks, no disk.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const kept = new Map<number, number[][]>();
let next = 0;
sockets.on("connection", (socket) => {
  const rows: number[][] = [];
  kept.set(next++, rows);
  socket.on("message", (message: Buffer) => {
    const frame = JSON.parse(message.toString("utf8")) as { seq: number; rows: number[][] };
    rows.push(...frame.rows);
    if (rows.length > 100) rows.shift();
    socket.send(`{"t":"ack","seqs":[[${frame.seq},${frame.seq}]],"now":${Date.now()}}`);
  });
});
server.listen(Number(process.argv[2]), "127.0.0.1", () => process.stdout.write("ready\n"));
