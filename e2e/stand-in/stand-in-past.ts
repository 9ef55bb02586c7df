import type { ActionView, RouteAnswer } from "@muster/protocol";
import { HOSTILE, HOUR, idOf, MINUTE } from "./stand-in-servers.ts";
import type { Service } from "./stand-in-servers.ts";

type Process = RouteAnswer<"GET /api/v1/servers/{id}/processes">["processes"][number];

export function makeActions(services: readonly Service[], now: number): readonly ActionView[] {
  const outcomes = [
    ["service.restart", "succeeded", "a new run: it is active (running)", null],
    ["service.stop", "refused", "no entry of service.stop names this target", null],
    ["service.restart", "failed", "it is failed: exit 1 (cannot bind to port 8080)", null],
    ["exec.run", "succeeded", "ended with 0", "rotated 12 files\n\u001b[32mfreed 1.2 GiB\u001b[0m\n"],
    ["service.start", "unknown", "the server did not answer in time", null],
    ["process.kill", "succeeded", "the process is gone", null],
  ] as const;
  return outcomes.map(([action, outcome, detail, output], index) => {
    const service = services[index]!;
    const isOfService = action.startsWith("service.");
    return {
      id: idOf(3, 1_000 - index),
      batchId: idOf(4, index),
      serverId: service.serverId,
      server: service.server,
      serviceId: isOfService ? service.id : null,
      action,
      args: isOfService
        ? { driver: service.driver, name: service.name }
        : action === "exec.run"
          ? { command: "rotate-logs", days: 7 }
          : { pid: 4242, startTicks: 99, user: "www-data", signal: "TERM" },
      actor: "olga",
      door: "web",
      reason: "",
      state: "ended",
      outcome,
      detail,
      exit: output === null ? null : 0,
      output,
      askedAt: now - (index + 1) * 11 * MINUTE,
      sentAt: now - (index + 1) * 11 * MINUTE + 40,
      endedAt: now - (index + 1) * 11 * MINUTE + 900 * (index + 1),
      auditSeq: 300 - index,
    };
  });
}

const PROGRAMS = [
  [1, 0, "systemd", "root", "/sbin/init"],
  [412, 1, "sshd", "root", "sshd: /usr/sbin/sshd -D"],
  [900, 1, "nginx", "root", "nginx: master process"],
  [901, 900, "nginx", "www-data", "nginx: worker process"],
  [902, 900, "nginx", "www-data", "nginx: worker process"],
  [1_001, 1, "node", "app", "/usr/bin/node /srv/api/server.js --port 8080"],
  [1_002, 1_001, "node", "app", `/usr/bin/node worker.js ${HOSTILE}`],
  [1_300, 1, "postgres", "postgres", "/usr/lib/postgresql/17/bin/postgres -D /var/lib/postgresql/17/main"],
  [1_301, 1_300, "postgres", "postgres", "postgres: checkpointer"],
] as const;

export const makeProcesses = (now: number): readonly Process[] =>
  PROGRAMS.map(([pid, ppid, name, user, commandLine], index) => ({
    pid,
    ppid,
    name,
    user,
    commandLine,
    state: "S",
    cpuRatio: ((index * 7) % 5) / 20,
    residentBytes: (index + 1) * 17e6,
    threads: index + 1,
    startedAt: now - 40 * HOUR,
    startTicks: 5_000 + index,
  }));
