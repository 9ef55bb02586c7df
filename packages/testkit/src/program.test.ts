import { describe, expect, test } from "vitest";
import { runProgram, startProgram } from "./program.ts";
import { waitFor } from "./wait-for.ts";

const node = (script: string): readonly string[] => [process.execPath, "-e", script];

describe("runProgram", () => {
  test("gives exit code and both streams, with input and environment as told", async () => {
    const result = await runProgram(["sh", "-c", 'cat; echo "$COLOUR" >&2; exit 3'], {
      stdin: "in",
      env: { COLOUR: "blue" },
    });
    expect(result).toEqual({ exitCode: 3, stdout: "in", stderr: "blue\n" });
  });

  test("a death by signal is 128 and its number", async () => {
    expect((await runProgram(["sh", "-c", "kill -KILL $$"])).exitCode).toBe(137);
  });

  test("a program that takes too long is ended, and the error tells what it said", async () => {
    const running = runProgram(["sh", "-c", "echo started; exec sleep 60"], { timeoutMs: 200 });
    await expect(running).rejects.toThrow(/took longer than 200 ms; it said:\nstarted/);
  });
});

describe("startProgram", () => {
  test("says() gives the match as soon as it is there", async () => {
    await using program = await startProgram(["sh", "-c", "echo port=8765; exec sleep 60"]);
    expect((await program.says(/port=(\d+)/))[1]).toBe("8765");
    expect(program.running).toBe(true);
  });

  test("says() fails at once when the program ends before", async () => {
    await using program = await startProgram(["sh", "-c", "echo no luck; exit 5"]);
    await expect(program.says(/never/)).rejects.toThrow(/ended with code 5[^]*no luck/);
  });

  test("stop() lets it end in order, and kills it after the grace", async () => {
    await using polite = await startProgram(
      node("process.on('SIGTERM', () => process.exit(7)); setInterval(() => 0, 1e6); console.log('up')"),
    );
    await polite.says(/up/);
    expect(await polite.stop()).toEqual({ code: 7, signal: null });
    await using deaf = await startProgram(["sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"]);
    await deaf.says(/up/);
    expect(await deaf.stop("SIGTERM", 100)).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("it is gone after its block", async () => {
    let pid = 0;
    {
      await using program = await startProgram(["sleep", "60"]);
      pid = program.pid;
      expect(() => process.kill(pid, 0)).not.toThrow();
    }
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  test("it dies with its parent, even when that is killed", async () => {
    const script = `import(${JSON.stringify(import.meta.resolve("./program.ts"))}).then(async (kit) => {
      const program = await kit.startProgram(["sleep", "60"]);
      console.log("child=" + program.pid);
    })`;
    await using parent = await startProgram(node(script));
    const pid = Number((await parent.says(/child=(\d+)/))[1]);
    await parent.stop("SIGKILL");
    await waitFor(
      () => {
        try {
          process.kill(pid, 0);
          return false;
        } catch {
          return true;
        }
      },
      { describe: `process ${pid} is gone` },
    );
  });
});
