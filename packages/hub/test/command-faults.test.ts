import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { needs, temporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { evenly, recordCalls, runWithFault } from "./system-calls.ts";

const PROGRAM = new URL("command-program.ts", import.meta.url).pathname;
const POINTS_MAX = 6;

const describeTraced = await needs("strace");
describeTraced("with a disk that fails", () => {
  test(
    "[AU-04] whichever write or sync fails or is the last one, no command has left whose rows are not there",
    { timeout: 170_000 },
    async () => {
      await using directory = await temporaryDirectory("command-faults");
      const place = (name: string): string => {
        mkdirSync(directory.file(name), { mode: 0o700 });
        return directory.file(name);
      };
      const { operations, points } = await recordCalls(
        [process.execPath, PROGRAM, place("recorded")],
        directory.file("recorded.log"),
      );
      const told = operations.flatMap((operation) => (operation.is === "told" ? [operation.line] : []));
      expect(told.filter((line) => line.startsWith("sent"))).toHaveLength(3);
      // The later half of the calls is where actions are written down; before, the database is made.
      const later = points.filter(({ call, n }) => 2 * n > points.filter((point) => point.call === call).length);
      let failures = 0;
      let sent = 0;
      for (const [index, point] of evenly(later, POINTS_MAX).entries())
        for (const fault of ["error=EIO", "error=ENOSPC", "signal=KILL"] as const) {
          const name = `${index}-${fault.slice(-3)}`;
          const at = place(name);
          const { stdout } = await runWithFault(
            [process.execPath, PROGRAM, at],
            point,
            fault,
            directory.file(`${name}.log`),
          );
          if (!stdout.startsWith("open")) continue;
          failures += stdout.split("\n").filter((line) => line.startsWith("failed STORAGE_")).length;
          const db = new DatabaseSync(join(at, "state.db"));
          for (const [, cmd, seq] of stdout.matchAll(/^sent (\S+) (\d+)$/gm)) {
            sent++;
            const row = db.prepare("SELECT row FROM audit WHERE seq = ?").get(Number(seq));
            expect(JSON.parse(String(row?.["row"])), `${point.call} ${point.n} ${fault}`).toMatchObject({ cmd });
            const action = db.prepare("SELECT state FROM action WHERE id = ?").get(cmd!);
            expect(action?.["state"], `${point.call} ${point.n} ${fault}`).toBe("sent");
          }
          db.close();
        }
      expect(failures).toBeGreaterThan(0);
      expect(sent).toBeGreaterThan(0);
    },
  );
});
