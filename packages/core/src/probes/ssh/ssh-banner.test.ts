import { expect, test } from "vitest";
import { parseSshBanner } from "./ssh-banner.ts";

test("a banner is read with what stands before it, when its line is whole", () => {
  expect(parseSshBanner("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3")).toBeUndefined();
  expect(parseSshBanner("welcome\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")).toEqual({
    protocol: "2.0",
    software: "OpenSSH_9.2p1",
    comment: "Debian-2+deb12u3",
  });
  expect(parseSshBanner("SSH-1.99-dropbear\n")).toEqual({ protocol: "1.99", software: "dropbear", comment: "" });
});

test.each(["SSH-\n", "SSH-2.0\r\n", "SSH-2.0- x\n", `SSH-2.0-${"x".repeat(300)}\n`, "x\n".repeat(60)])(
  "what is none is told as such: %j",
  (text) => {
    expect(parseSshBanner(text)).toBe("not-ssh");
  },
);
