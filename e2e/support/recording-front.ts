// A TLS front that passes everything on to a hub behind it, and prints what agents say to that hub: one line of JSON,
// a string, for each WebSocket frame. Usage: recording-front.ts ADDRESS PORT CERTIFICATE KEY UPSTREAM_PORT
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:tls";

const [address, port, certificate, key, upstreamPort] = process.argv.slice(2);
if (address === undefined || certificate === undefined || key === undefined || upstreamPort === undefined)
  throw new Error("usage: recording-front.ts ADDRESS PORT CERTIFICATE KEY UPSTREAM_PORT");

/** Reads masked client frames (RFC 6455, section 5.2) out of what follows the head of the request. */
function frameReader(tell: (payload: string) => void): (bytes: Buffer) => void {
  let waiting = Buffer.alloc(0);
  let isPastHead = false;
  return (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    if (!isPastHead) {
      const end = waiting.indexOf("\r\n\r\n");
      if (end < 0) return;
      isPastHead = true;
      waiting = waiting.subarray(end + 4);
    }
    for (;;) {
      if (waiting.length < 2) return;
      const short = waiting[1]! & 0x7f;
      const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
      if (waiting.length < 2 + lengthBytes + 4) return;
      const length =
        short === 126 ? waiting.readUInt16BE(2) : short === 127 ? Number(waiting.readBigUInt64BE(2)) : short;
      const start = 2 + lengthBytes + 4;
      if (waiting.length < start + length) return;
      const mask = waiting.subarray(start - 4, start);
      const payload = Buffer.from(waiting.subarray(start, start + length).map((byte, at) => byte ^ mask[at % 4]!));
      const isControl = (waiting[0]! & 0x08) !== 0;
      if (!isControl) tell(payload.toString("utf8"));
      waiting = waiting.subarray(start + length);
    }
  };
}

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (client) => {
  const upstream = connect({ host: address, port: Number(upstreamPort), rejectUnauthorized: false });
  const read = frameReader((payload) => console.log(JSON.stringify(payload)));
  client.on("data", read).on("error", () => upstream.destroy());
  upstream.on("error", () => client.destroy()).on("close", () => client.destroy());
  client.on("close", () => upstream.destroy());
  client.pipe(upstream);
  upstream.pipe(client);
});
server.on("tlsClientError", () => undefined);
server.listen(Number(port), address, () => console.log(`front listens on ${address}:${port}`));
