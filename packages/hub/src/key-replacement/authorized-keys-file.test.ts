import { describe, expect, test } from "vitest";
import { editAuthorizedKeys } from "./authorized-keys-file.ts";

const never = new AbortController().signal;

describe("a file that others write, too", () => {
  /** A server whose file is exchanged by somebody before each of the first writes. */
  function hostOf(file: { bytes: Buffer }, changes: readonly string[]) {
    const left = [...changes];
    const end = (exitCode: number, stdout = "") => ({ exitCode, stdout, stderr: "", truncated: false });
    return {
      execute: async () => end(0, "there /home/anna/.ssh/authorized_keys\n"),
      readPart: async () => ({ bytes: file.bytes, sizeBytes: file.bytes.length, identity: "", modifiedAt: 0 }),
      async feed(_argv: readonly string[], input: unknown) {
        const change = left.shift();
        if (change === undefined) file.bytes = Buffer.concat([...(input as Iterable<Uint8Array>)]);
        else file.bytes = Buffer.from(change);
        return end(change === undefined ? 0 : 10);
      },
    };
  }

  test("[SS74] is read anew when it is another by then: nothing of theirs is lost", async () => {
    const file = { bytes: Buffer.from("one\n") };
    const host = hostOf(file, ["one\ntwo\n", "one\ntwo\nthree\n"]);
    await expect(editAuthorizedKeys(host, (text) => `${text}own\n`, never)).resolves.toBe("changed");
    expect(file.bytes.toString()).toBe("one\ntwo\nthree\nown\n");
    await expect(editAuthorizedKeys(host, (text) => text, never)).resolves.toBe("unchanged");
  });

  test("[SS74] is left alone when it changes all the time, and when it cannot be read whole", async () => {
    const file = { bytes: Buffer.from("one\n") };
    const busy = editAuthorizedKeys(hostOf(file, ["2", "3", "4"]), (text) => `${text}own\n`, never);
    await expect(busy).rejects.toMatchObject({ code: "ACTION_REFUSED", message: /somebody else is changing it/ });
    expect(file.bytes.toString()).toBe("4");
    const cut = {
      ...hostOf(file, []),
      readPart: async () => ({ bytes: file.bytes, sizeBytes: 2_000_000, identity: "", modifiedAt: 0 }),
    };
    await expect(editAuthorizedKeys(cut, () => "", never)).rejects.toMatchObject({ message: /cannot be read whole/ });
  });
});
