import { parseDefinition } from "@muster/core";
import { describe, expect, test } from "vitest";
import { foreignSupervisor, unitIn } from "./foreign-supervisor.ts";

const definitionOf = (...command: readonly string[]) => {
  const parsed = parseDefinition({ name: "x", command }, "file");
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  return parsed.definition;
};
const ID = "0123456789ab".padEnd(64, "c");

describe("another supervisor", () => {
  test.each([
    ["0::/system.slice/nginx.service", "systemd (nginx.service)"],
    ["12:pids:/system.slice/app@1.service\n0::/system.slice/app@1.service\n", "systemd (app@1.service)"],
    ["0::/user.slice/user-1000.slice/user@1000.service/app.slice/bot.service", "systemd (bot.service)"],
    ["0::/user.slice/user-1000.slice/user@1000.service", undefined],
    ["0::/user.slice/user-0.slice/session-3.scope", undefined],
    [`0::/system.slice/docker-${ID}.scope`, "container 0123456789ab"],
    [`4:memory:/docker/${ID}\n`, "container 0123456789ab"],
    ["0::/", undefined],
  ])("[SV26] of control group %j is %s", (text, unit) => {
    expect(unitIn(text)).toBe(unit);
  });

  test.each([
    [["/usr/bin/systemctl", "start", "nginx"], true],
    [["/usr/sbin/service", "nginx", "start"], true],
    [["/usr/bin/docker", "run", "-d", "nginx"], true],
    [["/usr/bin/docker", "run", "--restart=always", "nginx"], true],
    [["/usr/bin/docker", "run", "--restart=no", "--rm", "nginx"], false],
    [["/usr/bin/node", "start", "-d"], false],
  ])("[SV26] is asked by the command %j: %s", (command, isKept) => {
    expect(foreignSupervisor(definitionOf(...command)) !== undefined).toBe(isKept);
  });
});
