import { countAfter, parseCount } from "@muster/core";
import type { Unit } from "@muster/core";
import type { Host } from "../../host.ts";

/** Version 2 of control groups alone, or beside version 1 as systemd mounts both. */
const ROOTS = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] as const;
const LEGACY_MEMORY = "/sys/fs/cgroup/memory";
const LEGACY_PIDS = "/sys/fs/cgroup/pids";

/** CPU, memory and tasks of units from their control groups, which costs no child process. */
export class UnitUse {
  readonly #host: Host;
  #root: Promise<string | undefined> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Whether this machine has control groups that count each unit's CPU time; else systemd itself must be asked. */
  async isReadable(): Promise<boolean> {
    return (await this.#findRoot()) !== undefined;
  }

  /** The unit with what it uses now; as it was where its group says nothing. */
  async refreshed(unit: Unit): Promise<Unit> {
    const group = unit.controlGroup;
    const root = group === "" || group.includes("/../") ? undefined : await this.#findRoot();
    if (root === undefined) return unit;
    const cpu = countAfter((await this.#read(`${root}${group}/cpu.stat`)) ?? "", "usage_usec ");
    if (cpu === undefined) return unit;
    const [memory, tasks] = await Promise.all(
      root === ROOTS[0]
        ? [this.#read(`${root}${group}/memory.current`), this.#read(`${root}${group}/pids.current`)]
        : [
            this.#read(`${LEGACY_MEMORY}${group}/memory.usage_in_bytes`),
            this.#read(`${LEGACY_PIDS}${group}/pids.current`),
          ],
    );
    return {
      ...unit,
      cpuSeconds: cpu / 1e6,
      memoryBytes: parseCount(memory?.trim()) ?? null,
      tasks: parseCount(tasks?.trim()) ?? null,
    };
  }

  /** Not kept open: a descriptor would hold the group of a service that ended long ago. */
  #read(path: string): Promise<string | undefined> {
    return this.#host.readFile(path, "once");
  }

  #findRoot(): Promise<string | undefined> {
    this.#root ??= (async () => {
      for (const root of ROOTS) if ((await this.#read(`${root}/cgroup.controllers`)) !== undefined) return root;
      return undefined;
    })();
    return this.#root;
  }
}
