import { sshAddressProblems } from "@muster/core";
import { expect, test } from "vitest";
import {
  defaultTimeoutOf,
  draftOf,
  intervalOf,
  KEPT_SECRET,
  movesElsewhere,
  NEW_AGENT,
  NEW_PULL,
  NEW_SSH,
  parseChannelNames,
  problemsOf,
  secretOf,
  settingsOf,
} from "./link-draft.ts";
import type { PullDraft, SshDraft } from "./link-draft.ts";
import { en } from "./texts/en.ts";

const ssh = (parts: Partial<SshDraft>): SshDraft => ({ ...NEW_SSH, host: "10.0.0.5", keyId: "k", ...parts });
const pull = (parts: Partial<PullDraft>): PullDraft => ({ ...NEW_PULL, url: "http://10.0.0.7:9527", ...parts });

test("an empty form says what is missing, and nothing else", () => {
  expect(problemsOf({ ...NEW_SSH, user: " " })).toEqual({ host: "notFilled", user: "notFilled", keyId: "noKey" });
  expect(problemsOf(NEW_PULL)).toEqual({ url: "notFilled" });
  expect(problemsOf(NEW_AGENT)).toEqual({ dial: "notFilled" });
  expect(problemsOf(ssh({}))).toEqual({});
  expect(problemsOf(pull({}))).toEqual({});
});

test.each([
  [ssh({ port: "0" }), { port: "wrongPort" }],
  [ssh({ port: "22.5" }), { port: "wrongPort" }],
  [ssh({ port: "ssh" }), { port: "wrongPort" }],
  [ssh({ port: "0x16" }), { port: "wrongPort" }],
  [ssh({ host: "-oProxyCommand=id" }), { host: "wrongHost" }],
  [ssh({ host: "a b", user: "-l" }), { host: "wrongHost", user: "wrongUser" }],
  [ssh({ host: " fd00::5 ", user: " CORP\\olga " }), {}],
  [ssh({ port: "65535" }), {}],
  [ssh({ authentication: "password", keyId: "" }), {}],
  [pull({ url: "10.0.0.7" }), { url: "wrongUrl" }],
  [pull({ url: "ftp://10.0.0.7" }), { url: "wrongUrl" }],
  [pull({ url: "http://root:secret@10.0.0.7" }), { url: "wrongUrl" }],
  [{ ...NEW_AGENT, dial: "10.0.0.5:8766" }, { dial: "wrongDial" }],
  [{ ...NEW_AGENT, dial: " wss://10.0.0.5:8766 " }, {}],
  [pull({ timeout: "0,4" }), { timeoutMs: "wrongTimeout" }],
  [pull({ timeout: "0,5" }), {}],
  [pull({ adapter: "ipvtl", channelNames: "1 News" }), { channelNames: "wrongLines" }],
  // What is not shown is in nobody's way.
  [pull({ adapter: "virgilio", channelNames: "1 News" }), {}],
] as const)("what is wrong is told by input: %o", (draft, problems) => {
  expect(problemsOf(draft)).toEqual(problems);
});

test("an address is refused with the hub's own words", () => {
  const { wrongHost, wrongPort, wrongUser } = en.form;
  expect({ host: wrongHost, port: wrongPort, user: wrongUser }).toEqual(
    sshAddressProblems({ host: "-", port: 0, user: "-" }),
  );
});

test("settings carry only what was said, and come back as the same form", () => {
  expect(settingsOf(ssh({}))).toEqual({
    kind: "ssh",
    host: "10.0.0.5",
    user: "root",
    authentication: "key",
    keyId: "k",
  });
  const full = ssh({
    port: "2222",
    authentication: "password",
    keyId: "",
    via: "gate",
    sudo: true,
    policy: "allow: []",
  });
  expect(settingsOf(full)).toEqual({
    kind: "ssh",
    host: "10.0.0.5",
    port: 2222,
    user: "root",
    authentication: "password",
    via: "gate",
    sudo: true,
    policy: "allow: []",
  });
  for (const draft of [
    ssh({}),
    full,
    pull({ adapter: "ipvtl", timeout: "2.5", channelNames: "1 = News\n12 = Films: all night" }),
    pull({ adapter: "node-exporter", allow: "a\nb" }),
  ])
    expect(draftOf(settingsOf(draft) as Parameters<typeof draftOf>[0])).toEqual(draft);
});

test("an agent's address goes as it is, without a secret", () => {
  const draft = { ...NEW_AGENT, dial: " wss://10.0.0.5:8766 " };
  expect(settingsOf(draft)).toEqual({ kind: "agent", dial: "wss://10.0.0.5:8766" });
  expect(draftOf({ kind: "agent", dial: "wss://10.0.0.5:8766" })).toEqual({ ...draft, dial: draft.dial.trim() });
  expect(secretOf(draft, KEPT_SECRET, false)).toBeUndefined();
});

test("channels are named for boxes with channels, series kept for those with series", () => {
  const draft = pull({ allow: "up\n\nup\n", channelNames: "1 = News" });
  expect(settingsOf({ ...draft, adapter: "ipvtl" })).toMatchObject({ channelNames: { "1": "News" } });
  expect(settingsOf({ ...draft, adapter: "ipvtl" })).not.toHaveProperty("allow");
  expect(settingsOf({ ...draft, adapter: "node-exporter" })).toMatchObject({ allow: ["up"] });
  expect(settingsOf({ ...draft, adapter: "node-exporter" })).not.toHaveProperty("channelNames");
});

test("what an empty time means is told as the hub has it, by kind", () => {
  expect((["find", "ipvtl", "virgilio"] as const).map(defaultTimeoutOf)).toEqual([undefined, 5, 10]);
});

test("names of channels are read by line", () => {
  expect(parseChannelNames("1=News\n 2 : Sport \n")).toEqual({ "1": "News", "2": "Sport" });
  expect(parseChannelNames("")).toEqual({});
  for (const wrong of ["0 = News", "x = News", "1 =", "News", `1 = ${"n".repeat(65)}`])
    expect(parseChannelNames(wrong), wrong).toBeUndefined();
});

test("a secret is set, removed or left, and goes where no login needs it", () => {
  const byPassword = ssh({ authentication: "password" });
  expect(secretOf(byPassword, KEPT_SECRET, true)).toBeUndefined();
  expect(secretOf(byPassword, { is: "set", text: "new" }, true)).toBe("new");
  expect(secretOf(byPassword, { is: "set", text: "" }, true)).toBeUndefined();
  expect(secretOf(byPassword, { is: "removed" }, true)).toBeNull();
  expect(secretOf(byPassword, { is: "removed" }, false)).toBeUndefined();
  expect(secretOf(ssh({}), { is: "set", text: "typed before the key was picked" }, true)).toBeNull();
  expect(secretOf(ssh({}), { is: "set", text: "typed before the key was picked" }, false)).toBeUndefined();
});

test("a secret would go to somebody else when host, port, user, way or origin is another", () => {
  const before = settingsOf(ssh({}));
  expect(movesElsewhere(before, settingsOf(ssh({ port: "22", sudo: true })))).toBe(false);
  for (const parts of [{ host: "10.0.0.6" }, { port: "2222" }, { user: "olga" }, { via: "gate" }])
    expect(movesElsewhere(before, settingsOf(ssh(parts))), JSON.stringify(parts)).toBe(true);
  const polled = settingsOf(pull({}));
  expect(movesElsewhere(polled, settingsOf(pull({ url: "http://10.0.0.7:9527/other" })))).toBe(false);
  expect(movesElsewhere(polled, settingsOf(pull({ url: "https://10.0.0.7:9527" })))).toBe(true);
});

test("seconds may have a comma; what is none is not a number", () => {
  expect([intervalOf(""), intervalOf("2,5"), intervalOf("600")]).toEqual([undefined, 2_500, 600_000]);
  for (const wrong of ["0", "601", "soon", "-5"]) expect(intervalOf(wrong), wrong).toBeNaN();
});
