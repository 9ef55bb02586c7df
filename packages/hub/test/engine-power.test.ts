import { cpSync, mkdirSync, statSync } from "node:fs";
import { needs, runProgram, startProgram, temporaryDirectory, waitFor } from "@muster/testkit";
import type { TemporaryDirectory } from "@muster/testkit";
import { expect, test } from "vitest";
import { expectAllOnce } from "./stream-ledger.ts";

/** How often the power goes while one writer works. */
const CUTS = Number(process.env["MUSTER_POWER_CUTS"] ?? 4);
const DISK_SIZE = "192M";
const WRITER = new URL("engine-writer-program.ts", import.meta.url).pathname;

/** Runs a program that must succeed. */
async function must(...argv: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runProgram(argv);
  expect(exitCode, `${argv.join(" ")}: ${stderr}`).toBe(0);
}

/** The disk as a power cut would leave it now: what the file system has not written is not in its image. */
async function pictureOf(image: string, picture: string): Promise<void> {
  await waitFor(
    async () => {
      const before = statSync(image).mtimeMs;
      await must("cp", "--sparse=always", image, picture);
      return statSync(image).mtimeMs === before;
    },
    { timeoutMs: 30_000, describe: "a copy during which the kernel wrote nothing" },
  );
}

/** Mounts an image for as long as `act` takes. */
async function mounted(
  directory: TemporaryDirectory,
  image: string,
  act: (disk: string) => Promise<void>,
): Promise<void> {
  const disk = directory.file(`${image}-mounted`);
  mkdirSync(disk);
  await must("mount", "-o", "loop", directory.file(image), disk);
  try {
    await act(disk);
  } finally {
    await must("umount", disk);
  }
}

const describeDisk = await needs("loop-disk");
describeDisk("on a disk of its own", () => {
  test("[ST47] when the power goes, every acknowledged batch is there once", { timeout: 180_000 }, async () => {
    await using directory = await temporaryDirectory("engine-power");
    await must("truncate", `--size=${DISK_SIZE}`, directory.file("disk"));
    await must("mkfs.ext4", "-q", directory.file("disk"));
    let sealedCount = 0;
    await mounted(directory, "disk", async (disk) => {
      await using writer = await startProgram([process.execPath, WRITER, `${disk}/metrics.db`, "0"]);
      for (let cut = 0; cut < CUTS; cut++) {
        const spokenChars = writer.stdout.length + 1_500;
        await waitFor(() => writer.stdout.length > spokenChars, { timeoutMs: 30_000, describe: "acknowledgements" });
        // Stopped, so that nothing is acknowledged between the picture and the ledger.
        writer.signal("SIGSTOP");
        await pictureOf(directory.file("disk"), directory.file(`cut-${cut}`));
        const acknowledged = new Set(writer.stdout.split("\n").slice(1, -1));
        writer.signal("SIGCONT");
        await mounted(directory, `cut-${cut}`, async (picture) => {
          const path = directory.file(`metrics-${cut}.db`);
          for (const end of ["", "-wal"]) cpSync(`${picture}/metrics.db${end}`, path + end);
          sealedCount += await expectAllOnce(path, acknowledged, `cut ${cut}`);
        });
        expect(acknowledged.size).toBeGreaterThan(0);
      }
      writer.signal("SIGKILL");
      await writer.exited;
    });
    expect(sealedCount).toBeGreaterThan(0);
  });
});
