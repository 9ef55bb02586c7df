import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { needs, startProgram, waitFor } from "@muster/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LAB_ADDRESS, startLab } from "./lab.ts";
import type { Lab, LabHost } from "./lab.ts";

const describeLab = await needs("systemd-host");

/** Control groups of all hosts of this name, in whichever lab. */
const cgroupsOf = (host: string): readonly string[] =>
  ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd"]
    .filter((tree) => existsSync(tree))
    .flatMap((tree) => readdirSync(tree))
    .filter((name) => name.startsWith("muster-lab-") && name.endsWith(`-${host}`));

/** Everything that a TCP peer says until it closes or has said enough. */
async function hear(port: number, enough: RegExp, say = ""): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("latin1");
  let heard = "";
  socket.on("data", (text: string) => (heard += text)).on("error", () => undefined);
  await once(socket, "connect");
  socket.write(say);
  await waitFor(() => enough.test(heard) || socket.destroyed, {
    describe: () => `${String(enough)}, heard "${heard}"`,
  });
  socket.destroy();
  return heard;
}

describeLab("a lab", () => {
  let lab: Lab;
  let a: LabHost;
  let b: LabHost;

  beforeAll(async () => {
    lab = await startLab();
    [a, b] = await Promise.all([lab.up("a"), lab.up("b", { diskSize: "64m" })]);
  });
  afterAll(() => lab[Symbol.asyncDispose]());

  test("two hosts run systemd, know their own names and have this machine's programs and the workspace", async () => {
    expect(await a.shell("hostname; cat /proc/1/comm")).toBe("a\nsystemd\n");
    expect(await b.shell("hostname")).toBe("b\n");
    expect((await a.ssh([process.execPath, "-p", "process.version"])).stdout.trim()).toBe(process.version);
    expect((await a.ssh(["test", "-e", import.meta.filename])).exitCode).toBe(0);
    expect((await a.ssh(["touch", import.meta.filename])).stderr).toContain("Read-only file system");
  });

  test("ssh passes arguments, input and exit codes as they are", async () => {
    const result = await a.ssh(["sh", "-c", 'cat; printf "%s|" "$@" >&2; exit 4', "sh", "it's", "$HOME", ""], {
      stdin: "in",
    });
    expect(result).toEqual({ exitCode: 4, stdout: "in", stderr: "it's|$HOME||" });
  });

  test("hosts reach each other and the lab's side", async () => {
    expect((await a.ssh(["bash", "-c", `exec 3<>/dev/tcp/${b.address}/22`])).exitCode).toBe(0);
    await using listener = await lab.spawn([
      process.execPath,
      "-e",
      `require("net").createServer((s) => s.end("from the lab")).listen(8765, "${LAB_ADDRESS}", () => console.log("up"))`,
    ]);
    await listener.says(/up/);
    expect((await a.ssh(["bash", "-c", `cat < /dev/tcp/${LAB_ADDRESS}/8765`])).stdout).toBe("from the lab");
    await listener.stop();
  });

  test("a bounded disk is full for real", async () => {
    const result = await b.ssh(["sh", "-c", "head -c 80M /dev/zero > /root/fill; code=$?; rm /root/fill; exit $code"]);
    expect(result.stderr).toContain("No space left on device");
  });

  test("a cut cable lets packets vanish, a healed one brings them back", async () => {
    await a.cut();
    expect((await a.ssh(["true"])).exitCode).toBe(255);
    await a.heal();
    await a.ready();
    expect(await a.shell("echo back")).toBe("back\n");
  });

  test("after a crash and a boot it is the same disk, another boot, and the old journal is there", async () => {
    const bootIdOf = (): Promise<string> => a.shell("cat /proc/sys/kernel/random/boot_id");
    const before = await bootIdOf();
    await a.shell("echo kept > /root/kept");
    await a.crash();
    expect((await a.ssh(["true"])).exitCode).toBe(255);
    await a.boot();
    expect(await a.shell("cat /root/kept")).toBe("kept\n");
    expect(await bootIdOf()).not.toBe(before);
    expect((await a.shell("journalctl --list-boots -q | wc -l")).trim()).toBe("2");
    expect(await a.console()).toContain("terminated by signal KILL");
  });

  test("an orderly end stops units, and boot starts the host again", async () => {
    await b.shell(
      'printf "[Service]\\nExecStart=/bin/sleep 1d\\nExecStop=/bin/touch /root/stopped\\n" > /etc/systemd/system/demo.service; systemctl daemon-reload; systemctl start demo',
    );
    await b.down();
    await b.boot();
    expect(await b.shell("ls /root/stopped")).toBe("/root/stopped\n");
  });

  test("a forward leads from the test to an address inside", async () => {
    await using forward = await lab.forward(`${a.address}:22`);
    expect(await hear(forward.port, /\n/)).toMatch(/^SSH-2\.0/);
    await using nowhere = await lab.forward(`${LAB_ADDRESS}:9`);
    expect(await hear(nowhere.port, /./)).toBe("");
  });

  test("what is spawned inside cannot reach this machine's loopback", async () => {
    await using forward = await lab.forward(`${a.address}:22`);
    const script = `require("net").connect(${forward.port}, "127.0.0.1").on("error", (e) => { console.log(e.code); })`;
    await using caller = await lab.spawn([process.execPath, "-e", script]);
    await caller.says(/ECONNREFUSED/);
  });
});

describeLab("two labs", () => {
  test("use the same names and addresses without meeting, and leave nothing behind", async () => {
    {
      await using one = await startLab();
      await using two = await startLab();
      const [first, second] = await Promise.all([one.up("same"), two.up("same")]);
      await first.shell("echo one > /root/whose");
      await second.shell("echo two > /root/whose");
      expect(first.address).toBe(second.address);
      expect(await first.shell("cat /root/whose")).toBe("one\n");
    }
    expect(existsSync("/run/muster-lab/id")).toBe(false);
    expect(cgroupsOf("same")).toEqual([]);
  });

  test("end with the process that made them, even when that is killed", async () => {
    const script = `import(${JSON.stringify(import.meta.resolve("./lab.ts"))}).then(async ({ startLab }) => {
      const lab = await startLab();
      await lab.up("orphan");
      const inside = await lab.spawn(["sleep", "1000"]);
      console.log("ready " + inside.pid);
    })`;
    await using owner = await startProgram([process.execPath, "-e", script]);
    const pid = (await owner.says(/ready (\d+)/, 60_000))[1] ?? "";
    expect(cgroupsOf("orphan")).not.toEqual([]);
    await owner.stop("SIGKILL");
    await waitFor(() => cgroupsOf("orphan").length === 0 && !existsSync(`/proc/${pid}`), {
      timeoutMs: 20_000,
      describe: () => `nothing is left, but there are ${cgroupsOf("orphan").join(", ")}`,
    });
  });
});
