import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { needs, startMariadb, startPostgres, waitFor } from "@muster/testkit";
import type { Mariadb, Postgres } from "@muster/testkit";
import { databaseProbe, PASSWORD, sampleOf, tableOf } from "./database-looks.ts";
import { startTestHub } from "./harness.ts";
import type { TestHub } from "./harness.ts";

const describeDatabases = await needs("root", "postgres", "mariadb");
const quoted = PASSWORD.replaceAll("'", "''");

describeDatabases("a SQL metric", () => {
  let postgres: Postgres;
  let mariadb: Mariadb;

  beforeAll(async () => {
    [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
    // A superuser, who may do everything: what holds it back is the probe alone.
    await postgres.sql(`CREATE ROLE muster LOGIN SUPERUSER PASSWORD '${quoted}'; CREATE DATABASE shop;
      CREATE ROLE reader LOGIN PASSWORD '${quoted}'`);
    await postgres.sql(
      `CREATE TABLE users (id int, plan text, paid numeric(12,2));
       INSERT INTO users SELECT n, CASE WHEN n % 4 = 0 THEN 'trial' ELSE 'pro' END, n * 1.5 FROM generate_series(1, 200) n;
       CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql AS
         $$ BEGIN INSERT INTO users VALUES (0, 'x', 0); RETURN 1; END $$;
       CREATE FUNCTION wriggles() RETURNS int LANGUAGE plpgsql AS
         $$ BEGIN PERFORM set_config('transaction_read_only', 'off', true); INSERT INTO users VALUES (0, 'x', 0); RETURN 1; END $$;`,
      "shop",
    );
    await mariadb.sql(`CREATE USER muster@'127.0.0.1' IDENTIFIED BY '${quoted}'; CREATE DATABASE shop;
      GRANT ALL ON *.* TO muster@'127.0.0.1'; SET GLOBAL log_bin_trust_function_creators = 1; USE shop;
      CREATE TABLE users (id INT, plan VARCHAR(20), paid DECIMAL(12,2));
      INSERT INTO users SELECT seq, IF(seq % 4 = 0, 'trial', 'pro'), seq * 1.5 FROM seq_1_to_200;
      CREATE FUNCTION writes() RETURNS INT MODIFIES SQL DATA RETURN (SELECT 1);
      DROP FUNCTION writes;
      DELIMITER //
      CREATE FUNCTION writes() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO users VALUES (0, 'x', 0); RETURN 1; END //
      CREATE PROCEDURE escapes() BEGIN COMMIT; INSERT INTO users VALUES (0, 'x', 0); END //
      DELIMITER ;`);
  }, 60_000);
  afterAll(async () => {
    await postgres[Symbol.asyncDispose]();
    await mariadb[Symbol.asyncDispose]();
  });

  const ask = (engine: "postgres" | "mariadb", query: string, given: object = {}) => {
    const { port } = engine === "postgres" ? postgres : mariadb;
    return databaseProbe("sql", { engine, port, database: "shop", user: "muster", query, ...given }).run();
  };
  const countOf = {
    postgres: () => postgres.sql("SELECT count(*) FROM users", "shop"),
    mariadb: () => mariadb.sql("SELECT COUNT(*) FROM shop.users"),
  };

  describe.for(["postgres", "mariadb"] as const)("in %s", (engine) => {
    test("every number is a metric, labelled by the columns of text, and the answer is shown", async () => {
      const result = await ask(
        engine,
        "SELECT plan, count(*) AS users, sum(paid) AS paid, now() AS at FROM users GROUP BY plan ORDER BY plan; -- done",
      );
      expect([result.health, result.detail]).toEqual(["healthy", "2 rows"]);
      expect(sampleOf(result, "custom_users", { plan: "pro" })).toBe(150);
      expect(sampleOf(result, "custom_paid", { plan: "trial" })).toBe(7_650);
      expect(result.samples).toHaveLength(4);
      const table = tableOf(result, "answer");
      expect(table?.columns.map(({ key }) => key)).toEqual(["plan", "users", "paid", "at"]);
      expect(table?.rows[0]?.slice(0, 3)).toEqual(["pro", 150, 22_500]);
    });

    test("a column is judged by its bounds", async () => {
      const query = "SELECT count(*) AS waiting FROM users";
      expect((await ask(engine, query, { column: "waiting", most: 200 })).health).toBe("healthy");
      expect(await ask(engine, query, { column: "waiting", most: 199 })).toMatchObject({
        health: "unhealthy",
        detail: "waiting is 200 instead of at most 199",
      });
      expect((await ask(engine, query, { column: "other" })).detail).toBe(
        "the answer has not the column that is judged",
      );
    });

    test("more than 100 rows are told and not taken", async () => {
      const result = await ask(engine, "SELECT id AS number, plan FROM users ORDER BY id");
      expect(result.health).toBe("degraded");
      expect(result.detail).toContain("the query answers more than 100 rows; only so many are looked at");
      expect(tableOf(result, "answer")?.rows).toHaveLength(100);
      expect(result.samples).toHaveLength(2);
    });

    test("takes at most two seconds", async () => {
      const slow = engine === "postgres" ? "SELECT pg_sleep(30)" : "SELECT SLEEP(30)";
      const { detail, samples } = await ask(engine, slow);
      // MariaDB's SLEEP answers 1 when it is cut short, which is no failure there.
      if (engine === "postgres") expect(detail).toBe("the query took longer than 2 s");
      else expect([detail, samples]).not.toEqual(["1 row", [{ metric: "custom_sleep_30", value: 0 }]]);
    });

    test("errors say what is wrong, without the server's words", async () => {
      expect((await ask(engine, "SELECT 1 FROM nothing_here")).detail).toMatch(/^a table of the query does not exist/);
      expect((await ask(engine, "SELECT nothing_here FROM users")).detail).toMatch(
        /^a column of the query does not exist/,
      );
      expect((await ask(engine, "SELECT (1 FROM users")).detail).toMatch(
        /^the query has an error of syntax, or is not one SELECT/,
      );
    });

    const WRITES = {
      both: [
        "INSERT INTO users VALUES (0, 'x', 0)",
        "SELECT writes() AS number",
        "SELECT 1 AS number; INSERT INTO users VALUES (0, 'x', 0)",
        "COMMIT",
        "DROP TABLE users",
        "UPDATE users SET id = 0",
      ],
      postgres: [
        "COPY (SELECT 1) TO PROGRAM 'touch DIR/made'",
        "COPY (SELECT 1) TO 'DIR/made'",
        "SELECT wriggles() AS number",
        "WITH made AS (INSERT INTO users VALUES (0, 'x', 0) RETURNING id) SELECT id FROM made",
        "DO $$ BEGIN SET TRANSACTION READ WRITE; INSERT INTO users VALUES (0, 'x', 0); END $$",
        "SELECT id INTO made FROM users",
        "SELECT nextval('none'), writes()",
        "SELECT 1; COMMIT; INSERT INTO users VALUES (0, 'x', 0)",
      ],
      mariadb: [
        "SELECT 1 INTO OUTFILE 'DIR/made'",
        "SELECT 1 /*! INTO OUTFILE 'DIR/made' */",
        "SELECT 1 /*M! INTO OUTFILE 'DIR/made' */",
        "CALL escapes()",
        "SELECT 1 AS a, '\\'' /* ; */ ; CALL escapes()",
        "SELECT 1 INTO @made",
        "WITH made AS (SELECT 1) DELETE FROM users",
        "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE users",
      ],
    };
    test.for([...WRITES.both, ...WRITES[engine]])("lets nothing through that changes: %s", async (query) => {
      const before = await countOf[engine]();
      const result = await ask(engine, query.replaceAll("DIR", postgres.directory));
      expect(result.health, result.detail).toBe("unhealthy");
      expect(result.samples).toEqual([]);
      expect(await countOf[engine]()).toBe(before);
      await expect(postgres.sql(`SELECT pg_stat_file('${postgres.directory}/made')`)).rejects.toThrow(/No such file/);
    });
  });

  test("a right that is missing is not the target's fault", async () => {
    expect(await ask("postgres", "SELECT count(*) AS users FROM users", { user: "reader" })).toMatchObject({
      health: "unknown",
      detail: "the user has no right to read what the query asks for",
    });
  });

  describe("through the hub", () => {
    let hub: TestHub;
    beforeAll(async () => {
      hub = await startTestHub({ users: { admin: "admin" }, servers: ["one"] });
    });
    afterAll(() => hub[Symbol.asyncDispose]());

    test("its numbers are history, and S3's path of user statistics answers them", async () => {
      const admin = hub.sessionOf("admin");
      const none = await admin.get("/api/users/stats");
      expect([none.status, none.json.detail]).toEqual([501, expect.stringContaining("add a probe of the kind sql")]);
      const query = `SELECT count(*) AS total_users, count(*) FILTER (WHERE plan = 'trial') AS trial_users FROM users`;
      const { json } = await admin.post("/api/v1/probes", {
        ...{ name: "users", kind: "sql", secret: PASSWORD },
        settings: { host: "127.0.0.1", port: postgres.port, user: "muster", database: "shop", query },
      });
      const id = json.probe.id as string;
      await waitFor(
        async () => {
          await hub.clock.advance(1_000);
          return (await admin.get("/api/users/stats")).json.total_users === 200;
        },
        { describe: "what it answered is stored" },
      );
      const shown = (await admin.get(`/api/v1/probes/${id}`)).json;
      expect(shown.report.tables).toMatchObject([{ key: "answer", rows: [[200, 50]] }]);
      expect(JSON.stringify(shown)).not.toContain(PASSWORD.slice(0, 10));
      for (const path of ["/api/users/stats", "/compat/s3/api/users/stats"])
        expect((await admin.get(path)).json).toEqual({
          ...{ total_users: 200, active_subscriptions: null, trial_users: 50, new_today: null, total_configs: null },
        });
    });
  });
});
