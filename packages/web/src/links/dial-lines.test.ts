import { expect, test } from "vitest";
import { isDialAddress } from "@muster/protocol";
import { dialLines, isListenAddress, isReadOnTheWay, joinTokenId, listenOf } from "./dial-lines.ts";

test.each([
  ["wss://10.0.0.5:8766", "10.0.0.5:8766"],
  ["wss://[fd00::5]:8766/", "[fd00::5]:8766"],
  ["WSS://10.0.0.5", "10.0.0.5:443"],
  ["ws://10.0.0.5", "10.0.0.5:80"],
  // The server may know its own name by an address of loopback.
  ["wss://web-1.example:9000", "0.0.0.0:9000"],
  // The port of a tunnel is that of its end on the hub's machine.
  ["ws://127.0.0.1:18766", "127.0.0.1:8766"],
  ["ws://localhost:18766", "127.0.0.1:8766"],
])("an agent that is dialled at %s listens at %s", (dial, listen) => {
  expect(isDialAddress(dial)).toBe(true);
  expect(listenOf(dial)).toBe(listen);
  expect(isListenAddress(listen)).toBe(true);
});

test("an address to listen at is a port, or host and port", () => {
  expect(["8766", "0.0.0.0:1", "[::]:65535", "web-1.example:80"].filter(isListenAddress)).toHaveLength(4);
  const wrong = ["", "0", "0.0.0.0", "0.0.0.0:65536", "a b:80", "::1:80", "$(id):80", "a:80; id", "wss://a:80"];
  expect(wrong.filter(isListenAddress)).toEqual([]);
});

test("only plain text to another machine can be read on the way", () => {
  expect(isReadOnTheWay("ws://10.0.0.5:8766")).toBe(true);
  for (const safe of ["wss://10.0.0.5:8766", "ws://127.0.0.1:18766", "ws://[::1]:1", "ws://", ""])
    expect(isReadOnTheWay(safe), safe).toBe(false);
});

const TOKEN = "mst1.0123456789.secret.pin";
const asked = { name: "web-1", dial: "wss://10.0.0.5:8766", listen: "10.0.0.5:8766", token: TOKEN } as const;

test("a service is installed, gets a certificate where there is TLS, joins as its own user, and starts", () => {
  expect(dialLines({ ...asked, run: "service" })).toEqual({
    copy: "scp agent.mjs root@10.0.0.5:",
    install:
      "node agent.mjs install --listen 10.0.0.5:8766 --tls-cert /etc/muster/agent.crt --tls-key /etc/muster/agent.key",
    certificate:
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -keyout /etc/muster/agent.key -out /etc/muster/agent.crt -subj /CN=muster-agent && chown muster-agent /etc/muster/agent.key",
    start: `printf %s ${TOKEN} | setpriv --reuid=muster-agent --regid=muster-agent --init-groups env PATH="/usr/local/lib/muster:$PATH" node /usr/local/lib/muster/agent.mjs join --name web-1 --listen 10.0.0.5:8766 --tls-cert /etc/muster/agent.crt --tls-key /etc/muster/agent.key --state /var/lib/muster-agent && systemctl start muster-agent`,
  });
});

test("in a shell it is served as it stands; a tunnel needs no certificate, and is copied to by name", () => {
  const lines = dialLines({ ...asked, run: "shell", dial: "ws://127.0.0.1:18766", listen: "8766", name: "Olga's box" });
  expect(lines).toEqual({
    copy: String.raw`scp agent.mjs 'Olga'\''s box:'`,
    install: undefined,
    certificate: undefined,
    start: String.raw`printf %s ${TOKEN} | node agent.mjs serve --name 'Olga'\''s box' --listen 8766 --state "$HOME"/muster-agent`,
  });
  expect(dialLines({ ...asked, run: "shell" }).start).toContain('--tls-cert "$HOME"/muster-agent.crt');
});

test("the hub tells of a token by its second part", () => {
  expect(joinTokenId(TOKEN)).toBe("0123456789");
});

test("an address in brackets is one word to every shell, not a pattern", () => {
  const { install, start } = dialLines({
    ...asked,
    run: "service",
    dial: "wss://[fd00::5]:8766",
    listen: "[fd00::5]:8766",
  });
  expect(install).toContain("--listen '[fd00::5]:8766' --tls-cert");
  expect(start).toContain("--listen '[fd00::5]:8766' --tls-cert");
});
