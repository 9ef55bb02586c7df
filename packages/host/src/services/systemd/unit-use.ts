import { countAfter, parseCgroupCpu, parseCount } from "@muster/core";
import type { Unit } from "@muster/core";
import type { Host } from "../../host.ts";

const ROOT = "/sys/fs/cgroup";

/** CPU, memory and tasks of units from their control groups, which costs no child process. */
export class UnitUse {
  readonly #host: Host;
  #isReadable: boolean | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Whether this machine has only version 2 of control groups, whose paths are those that systemd tells. */
  async isReadable(): Promise<boolean> {
    this.#isReadable ??= (await this.#host.readFile(`${ROOT}/cgroup.controllers`, "once")) !== undefined;
    return this.#isReadable;
  }

  /** The unit with what it uses now; as it was where its group says nothing. */
  async refreshed(unit: Unit): Promise<Unit> {
    if (unit.controlGroup === "" || unit.controlGroup.includes("/../")) return unit;
    const directory = `${ROOT}${unit.controlGroup}`;
    const [cpu, memory, tasks] = await Promise.all(
      ["cpu.stat", "memory.current", "pids.current"].map((file) => this.#host.readFile(`${directory}/${file}`)),
    );
    if (cpu === undefined || countAfter(cpu, "usage_usec ") === undefined) return unit;
    return {
      ...unit,
      cpuSeconds: parseCgroupCpu(cpu).usedSeconds ?? unit.cpuSeconds,
      memoryBytes: parseCount(memory?.trim()) ?? null,
      tasks: parseCount(tasks?.trim()) ?? null,
    };
  }
}
