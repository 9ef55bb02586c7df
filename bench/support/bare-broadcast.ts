// The floor that the fan-out is compared with: a WebSocket server that sends the same text to everybody once a second.
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const [port = "0", bytes = "0"] = process.argv.slice(2);
const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
const text = "x".repeat(Number(bytes));
setInterval(() => {
  for (const socket of sockets.clients) socket.send(text);
}, 1_000);
server.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));
