// Runs inside a lab's network and joins it to the test outside: a Unix socket belongs to the file system, which both
// share, so a connection to it can be carried on to an address that only the lab can reach.
// Each connection starts with one line, "address:port", and is that TCP connection from then on.
import { connect, createServer } from "node:net";

const socketPath = process.argv[2];
if (socketPath === undefined) throw new Error("usage: relay.ts SOCKET");

const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
  client.on("error", () => client.destroy());
  let head = "";
  const onReadable = (): void => {
    for (let byte = client.read(1) as Buffer | null; byte !== null; byte = client.read(1) as Buffer | null) {
      if (byte[0] !== 0x0a) {
        head += byte.toString("latin1");
        continue;
      }
      client.off("readable", onReadable);
      const [host, port] = head.split(":");
      const upstream = connect({ host: host ?? "", port: Number(port), allowHalfOpen: true });
      upstream.on("error", () => client.destroy());
      upstream.on("close", () => client.destroy());
      client.on("close", () => upstream.destroy());
      client.pipe(upstream);
      upstream.pipe(client);
      return;
    }
  };
  client.on("readable", onReadable);
});
server.listen(socketPath, () => console.log("listening"));
