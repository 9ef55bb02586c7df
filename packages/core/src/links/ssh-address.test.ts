import { expect, test } from "vitest";
import { sshAddressProblems } from "./ssh-address.ts";

const GOOD = { host: "db-1.example.org", port: 22, user: "deploy" };

test("[SH-07] host, user and port that could become an option, another word or another line are refused", () => {
  expect(sshAddressProblems(GOOD)).toBeUndefined();
  for (const bad of [
    "",
    "-oProxyCommand=id",
    " a",
    "a ",
    "a b",
    "a\n",
    "a\nb",
    "a\tb",
    "a\0b",
    "a\u007f",
    "a'b",
    "$(id)",
  ]) {
    expect(sshAddressProblems({ ...GOOD, host: bad }), JSON.stringify(bad)).toHaveProperty("host");
    if (bad !== "$(id)") expect(sshAddressProblems({ ...GOOD, user: bad }), JSON.stringify(bad)).toHaveProperty("user");
  }
  for (const host of ["[::1]", "a/b", "user@host", "a:22", "fe80::1%eth0", "a.-", "x".repeat(254), "münchen.de"])
    expect(sshAddressProblems({ ...GOOD, host }), host).toHaveProperty("host");
  for (const port of [0, -1, 1.5, 65_536, Number.NaN])
    expect(sshAddressProblems({ ...GOOD, port })).toHaveProperty("port");
  expect(Object.keys(sshAddressProblems({ host: "-", port: 0, user: "-" }) ?? {})).toEqual(["host", "port", "user"]);
});

test("names, addresses of both families and users of directories are accepted", () => {
  for (const host of ["a", "A_b", "10.0.0.1", "::1", "2001:db8::7", "::ffff:10.0.0.1", "xn--mnchen-3ya.de"])
    expect(sshAddressProblems({ ...GOOD, host }), host).toBeUndefined();
  for (const user of ["root", "DOMAIN\\anna", "anna@example.org", "_apt", "svc$", "a.b-c+d"])
    expect(sshAddressProblems({ ...GOOD, user }), user).toBeUndefined();
});
