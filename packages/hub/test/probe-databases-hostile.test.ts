import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Random } from "@muster/core";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { needs, seededRandom, startMariadb, startPostgres, waitFor } from "@muster/testkit";
import type { Mariadb, Postgres } from "@muster/testkit";
import { databaseProbe, PASSWORD } from "./database-looks.ts";
import { listen } from "./probe-fixture.ts";

const describeDatabases = await needs("root", "postgres", "mariadb");
const quoted = PASSWORD.replaceAll("'", "''");
const ROUNDS = 24;

describeDatabases("a database whose answers are spoilt on the way", () => {
  let postgres: Postgres;
  let mariadb: Mariadb;
  let certificate = "";
  beforeAll(async () => {
    const made = await generate([{ name: "commonName", value: "127.0.0.1" }], {
      extensions: [{ name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] }],
    });
    certificate = made.cert;
    const tls = { certificate: made.cert, key: made.private };
    [postgres, mariadb] = await Promise.all([startPostgres({ tls }), startMariadb({ tls })]);
    await postgres.sql(`CREATE ROLE muster LOGIN PASSWORD '${quoted}' IN ROLE pg_monitor; CREATE DATABASE shop;`);
    await mariadb.sql(
      `CREATE USER muster@'127.0.0.1' IDENTIFIED BY '${quoted}'; CREATE DATABASE shop; GRANT ALL ON *.* TO muster@'127.0.0.1'`,
    );
  }, 60_000);
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
    await mariadb[Symbol.asyncDispose]();
  });

  test.for(["postgres", "mariadb"] as const)(
    "%s: every look is a result within its time",
    { timeout: 60_000 },
    async (kind) => {
      // What mysql2 says of each spoilt number would hide what fails here.
      using _ = vi.spyOn(console, "trace").mockReturnValue();
      const { port } = kind === "postgres" ? postgres : mariadb;
      for (let seed = 1; seed <= ROUNDS; seed++) {
        const random = seededRandom(seed);
        const rate = [0.0005, 0.003, 0.02][seed % 3] ?? 0;
        await using between = await listen((socket) => relay(socket, port, (chunk) => spoilt(chunk, rate, random)));
        const look = databaseProbe(kind, { port: between.port, database: "shop" }).run(250);
        expect((await look).detail, `seed ${seed}`).toMatch(/^[a-z]/);
      }
    },
  );

  // After so many pieces from the server: before a word, in the login, in the first questions.
  const stages = ["postgres", "mariadb"].flatMap((kind) =>
    ["socket", "channel"].flatMap((by) =>
      [false, true].flatMap((tls) => [0, 1, 3].map((pieces) => ({ kind, by, tls, pieces }) as const)),
    ),
  );
  test.for(stages)("$kind by $by, TLS $tls: time that is up after $pieces pieces leaves nothing", async (stage) => {
    const { kind, by, tls, pieces } = stage;
    const { port } = kind === "postgres" ? postgres : mariadb;
    await using between = await listen((socket) => {
      let count = 0;
      relay(socket, port, (chunk) => (count++ < pieces ? chunk : Buffer.alloc(0)));
    });
    const given = { port: between.port, database: "shop", tls, ca: certificate };
    const result = await databaseProbe(kind as "postgres", given, undefined, by as "socket").run(150);
    expect(result).toMatchObject({ health: "unhealthy", detail: expect.stringContaining("in time") as string });
    await waitFor(() => between.openNow() === 0, { describe: "the connection is gone" });
  });
});

/** Some bytes are others, some are not there, some more come that begin what has no end. */
function spoilt(chunk: Buffer, rate: number, random: Random): Buffer {
  const bytes = Buffer.from(chunk.map((byte) => (random() < rate ? Math.floor(random() * 256) : byte)));
  const kept = random() < 0.05 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
  return random() < 0.03 ? Buffer.concat([kept, Buffer.from([0x45, 0, 0, 0, 4])]) : kept;
}

function relay(socket: Socket, port: number, change: (chunk: Buffer) => Buffer): void {
  const server = connect(port, "127.0.0.1");
  server.on("error", () => undefined).on("close", () => socket.destroy());
  socket.on("close", () => server.destroy());
  socket.on("data", (chunk) => server.write(chunk));
  server.on("data", (chunk) => {
    if (!socket.destroyed) socket.write(change(chunk));
  });
}
