import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ALL_RIGHTS,
  authorize,
  CHAT_PROOF_MS,
  isRight,
  isRoleAtLeast,
  RIGHTS,
  roleHolds,
  ROLES,
  STEP_UP_MS,
} from "./authorize.ts";
import type { Actor, Right, Role } from "./authorize.ts";

const NOW = 1_800_000_000_000;
const user = (role: Role) => ({ id: "u", name: "anna", role });
const session = (role: Role, provedAt = NOW): Actor => ({
  kind: "session",
  sessionId: "s",
  user: user(role),
  provedAt,
});
const token = (role: Role, scopes: readonly Right[]): Actor => ({
  kind: "token",
  tokenId: "t",
  tokenName: "ci",
  user: user(role),
  scopes,
});

const aRole = fc.constantFrom(...ROLES);
const aRight = fc.constantFrom(...ALL_RIGHTS);
const scopes = fc.subarray([...ALL_RIGHTS]);

/** Written out, so that a change of the table is a change of this list as well. */
const HELD: Readonly<Record<Role, readonly string[]>> = {
  viewer: [
    "self.read",
    "self.write",
    "servers.read",
    "metrics.read",
    "processes.read",
    "services.read",
    "probes.read",
    "incidents.read",
    "rules.read",
    "tasks.read",
    "rollouts.read",
    "status-pages.read",
    "tokens.read",
    "tokens.write",
    "hub.read",
  ],
  operator: [
    "logs.read",
    "actions.read",
    "actions.normal",
    "actions.dangerous",
    "probes.run",
    "incidents.write",
    "tasks.write",
    "rollouts.write",
    "rollouts.approve",
  ],
  admin: [
    "servers.write",
    "servers.delete",
    "agents.write",
    "probes.write",
    "rules.write",
    "notifiers.read",
    "notifiers.write",
    "status-pages.write",
    "join-tokens.read",
    "join-tokens.write",
    "ssh-keys.read",
    "ssh-keys.write",
    "users.read",
    "users.write",
    "audit.read",
    "hub.write",
  ],
};

describe("roles", () => {
  test("[AC1] each role holds its own rights and those of the roles below", () => {
    const expected: string[] = [];
    for (const role of ROLES) {
      expected.push(...HELD[role]);
      expect(ALL_RIGHTS.filter((right) => roleHolds(role, right)).toSorted()).toEqual(expected.toSorted());
    }
    expect(ROLES.map((role) => isRoleAtLeast(role, "operator"))).toEqual([false, true, true]);
  });

  test("[AC1] a text that is no right of the table is none", () => {
    for (const text of ["", "*", "all", "users", "users.*", "toString", "__proto__", "constructor", "USERS.READ"])
      expect(isRight(text)).toBe(false);
  });
});

describe("authorize", () => {
  test("[AC2] a session may what its role holds, if nothing dangerous", () => {
    fc.assert(
      fc.property(aRole, aRight, (role, right) => {
        const verdict = authorize(session(role), right, NOW);
        expect(verdict.allow).toBe(roleHolds(role, right));
        if (!verdict.allow) expect(verdict.why).toBe("role");
      }),
    );
  });

  test("[AC3] a dangerous right needs a proof that is at most five minutes old", () => {
    fc.assert(
      fc.property(aRight, fc.integer({ min: 0, max: 2 * STEP_UP_MS }), (right, ageMs) => {
        const isDangerous = RIGHTS[right].class === "dangerous";
        const verdict = authorize(session("admin", NOW - ageMs), right, NOW);
        expect(verdict).toEqual(isDangerous && ageMs > STEP_UP_MS ? { allow: false, why: "step-up" } : { allow: true });
      }),
    );
  });

  test("[AC4] [AZ-03] a token holds the meeting of its scopes and its maker's role, whatever both are", () => {
    fc.assert(
      fc.property(aRole, scopes, aRight, (role, held, right) => {
        expect(authorize(token(role, held), right, NOW).allow).toBe(held.includes(right) && roleHolds(role, right));
      }),
    );
  });

  test("[AC4] [AZ-03] no scopes are no rights", () => {
    for (const role of ROLES)
      for (const right of ALL_RIGHTS) expect(authorize(token(role, []), right, NOW).allow).toBe(false);
  });

  test("[AC5] the console may everything", () => {
    for (const right of ALL_RIGHTS) expect(authorize({ kind: "console" }, right, NOW)).toEqual({ allow: true });
  });
});

test("[TGB21] a person in a chat holds what the user holds, and what is dangerous for a minute after a button was pressed", () => {
  const chat = (role: Role, provedAt: number | null): Actor => ({
    ...{ kind: "chat", botId: "b", telegramId: 1, user: user(role), provedAt },
  });
  for (const role of ROLES)
    for (const right of ALL_RIGHTS) {
      const isHeld = roleHolds(role, right);
      const isDangerous = RIGHTS[right].class === "dangerous";
      expect(authorize(chat(role, NOW - CHAT_PROOF_MS), right, NOW).allow, right).toBe(isHeld);
      for (const provedAt of [null, NOW - CHAT_PROOF_MS - 1])
        expect(authorize(chat(role, provedAt), right, NOW).allow, right).toBe(isHeld && !isDangerous);
    }
});
