import type { ActionName, Clock, DriverName, Execution, LoadedPolicy, Logger } from "@muster/core";
import { actionWitness, ActionRunner, ServiceReport, ServiceWatch } from "@muster/host";
import type { ActingHost, ServiceDriver } from "@muster/host";
import type { CommandCore, ResultBody } from "@muster/protocol";
import type { ServiceRegistry } from "../../fleet/service-registry.ts";
import type { LinkJournal } from "./link-journal.ts";
import { StationLedger } from "./station-ledger.ts";

export interface StationDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly services: ServiceRegistry;
  readonly journal: LinkJournal;
  /** Takes a result; it is confirmed when this resolves, and told again later when it rejects. */
  readonly result: (serverId: string, result: ResultBody) => Promise<void>;
}

/** What a server without an agent is made of, for the hub that does the agent's work itself. */
export interface StationParts {
  readonly drivers: readonly ServiceDriver[];
  /** Undefined where only its drivers can be asked for something. */
  readonly host: ActingHost | undefined;
  /** Read anew at every action. */
  readonly policy: () => Promise<LoadedPolicy>;
  /** How its machine is rebooted where there is no host to do it by. */
  readonly reboot?: (signal: AbortSignal) => Promise<Execution>;
}

/**
 * Watches the services of one server that has no agent, and acts on it: the same engine as in an agent, in the hub. It
 * lives as long as the link is set up, and is told when the server is reached and when not.
 */
export class Station {
  readonly watch: ServiceWatch;
  readonly #serverId: string;
  readonly #deps: StationDeps;
  readonly #runner: ActionRunner;
  readonly #ledger: StationLedger;
  #report: ServiceReport | undefined;
  #isRecovered = false;
  #taking: Promise<unknown> = Promise.resolve();

  constructor(serverId: string, { drivers, host, policy, reboot }: StationParts, deps: StationDeps) {
    this.#serverId = serverId;
    this.#deps = deps;
    const { clock, log, services, journal } = deps;
    this.#ledger = new StationLedger(serverId, { services, clock, log });
    const note = this.#ledger.note.bind(this.#ledger);
    this.watch = new ServiceWatch({
      ...{ clock, log, policy, drivers, note },
      selfNoting: new Set<DriverName>(),
      definedBy: () => null,
      checkedHealth: () => undefined,
    });
    this.#runner = new ActionRunner({
      ...{ clock, log, host, policy, reboot },
      journal: journal.of(serverId),
      drivers: new Map(drivers.map((driver) => [driver.name, driver])),
      definitions: undefined,
      // No process there is ours.
      ownPid: undefined,
      witness: actionWitness({ watch: this.watch, note }),
    });
  }

  /** The server is reached: what was left in the middle is found out, and its services are told. */
  reached(): void {
    if (this.#report !== undefined) return;
    const { clock, journal } = this.#deps;
    const report: ServiceReport = new ServiceReport({
      clock,
      ledger: this.#ledger,
      read: () => this.watch.read(),
      services: () => this.watch.services,
      drivers: () => this.watch.drivers,
      listen: (changed) => this.watch.listen(changed),
      send: (frame) => {
        this.#taking = this.#taking
          .then(() => this.#ledger.settled())
          // Lost meanwhile: taken now, it would make the past the present again.
          .then(() => (this.#report === report ? this.#deps.services.take(this.#serverId, frame) : undefined))
          .catch((error: unknown) => this.#deps.log.warn("services of a server could not be kept", { error }));
      },
    });
    this.#report = report;
    if (!this.#isRecovered) this.#runner.recover();
    this.#isRecovered = true;
    void this.#runner.idle().then(() => {
      for (const result of journal.unconfirmed(this.#serverId)) void this.#tell(result);
    });
  }

  /** It is not reached any more: what is known of its services is the past. */
  lost(): void {
    this.#report?.end();
    this.#report = undefined;
    this.#deps.services.lost(this.#serverId);
  }

  /** Does what a command's core says, once, and tells what came of it. Resolves when it is written down. */
  async run(core: string): Promise<void> {
    const { cmd, action, args, actor, notAfter } = JSON.parse(core) as CommandCore;
    const { clock } = this.#deps;
    const beginByMs = clock.monotonic() + Math.max(0, notAfter - clock.now());
    const asked = { cmd, action: { name: action as ActionName, args }, actor: actor.name, beginByMs };
    const taken = await this.#runner.accept(asked, undefined);
    void taken.answer.then(
      (answer) => (answer.is === "ended" ? this.#tell(answer.result) : undefined),
      // Its outcome could not be written down, which the runner has logged; it is found out at the next start.
      () => undefined,
    );
  }

  /** `leave` is called when no action needs the server any more: what is still being read is read for nobody. */
  async stop(leave: () => void = () => undefined): Promise<void> {
    this.lost();
    const watched = this.watch.stop();
    await this.#runner.stop(new Error("the hub stops"));
    leave();
    await watched;
    await this.#taking;
    await this.#ledger.settled();
  }

  async #tell(result: ResultBody): Promise<void> {
    try {
      await this.#deps.result(this.#serverId, result);
      await this.#deps.journal.confirm(this.#serverId, result.cmd);
    } catch (error) {
      this.#deps.log.warn("the outcome of an action could not be kept; it is told again", { cmd: result.cmd, error });
    }
  }
}
