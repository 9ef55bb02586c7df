import {
  deadline,
  DEPLOYMENTS,
  isMusterError,
  MusterError,
  parseDeployFacts,
  planDeployment,
  STEP_MS,
} from "@muster/core";
import type { Clock, DeployAction, DeployFacts, DeployStep, Logger } from "@muster/core";
import type { ExecuteResult } from "@muster/host";
import type { Fleet } from "../fleet/fleet.ts";
import type { AgentMembership } from "../fleet/agent-membership.ts";
import type { JoinTokenStore } from "../fleet/join-token-store.ts";
import type { Links } from "../links/links.ts";
import type { SshHost } from "../links/ssh/ssh-host.ts";
import type { SshVisit } from "../links/ssh/ssh-links.ts";
import { quoted } from "../links/ssh/ssh-failure.ts";
import type { AgentCargo, CargoFile } from "./agent-cargo.ts";
import type { DeployWork, StepEvent } from "./deploy-desk.ts";
import * as scripts from "./deploy-scripts.ts";

export interface OverSshDeps {
  readonly fleet: Pick<Fleet, "get" | "listen" | "relink">;
  readonly membership: Pick<AgentMembership, "detachAgent" | "hasSentCommand">;
  readonly joinTokens: Pick<JoinTokenStore, "rebind" | "unbind">;
  readonly agents: Pick<Links, "isConnected" | "disconnect">;
  readonly visit: (serverId: string) => SshVisit;
  readonly cargo: AgentCargo;
  readonly hubUrl: () => string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Until a server that was lost in the middle is given up, so that what was done there can be undone. */
const UNDO_REACH_MS = 3 * 60_000;
const UNDO_MS = 5 * 60_000;
/** An action that is under way ends, or this gives up. */
const QUIET_MS = 30_000;
const QUIET_LOOK_MS = 250;
const TOKEN_MINUTES = 5;
const MEGABYTE = 1_000_000;

interface Undo {
  readonly what: string;
  readonly by: (signal: AbortSignal) => Promise<void>;
}

/** What is done to the agent of one server, as its root, over a line of its own. */
export class DeployOverSsh implements DeployWork {
  readonly #server: { readonly id: string; readonly name: string };
  readonly #action: DeployAction;
  readonly #deps: OverSshDeps;
  readonly #visit: SshVisit;
  /** What undoes each thing that was done, the last one first. */
  readonly #undos: Undo[] = [];
  #root: SshHost | undefined;
  #facts: DeployFacts | undefined;
  /** The Node.js there; undefined until one has been brought. */
  #node: string | undefined;
  /** Something was done that nothing undoes. */
  #isTouched = false;
  /** Readings before this do not count. */
  #changedAt = 0;

  constructor(server: { readonly id: string; readonly name: string }, action: DeployAction, deps: OverSshDeps) {
    this.#server = server;
    this.#action = action;
    this.#deps = deps;
    this.#visit = deps.visit(server.id);
  }

  async run(tell: (event: StepEvent) => void, signal: AbortSignal): Promise<void> {
    const works: Readonly<Record<DeployStep, (signal: AbortSignal, told: Told) => Promise<string | Skipped>>> = {
      check: (limit) => this.#check(limit),
      upload: (limit, told) => this.#upload(limit, told),
      runtime: (limit, told) => this.#bringRuntime(limit, told),
      install: (limit) => this.#install(limit),
      join: (limit) => this.#join(limit),
      start: (limit) => this.#start(limit),
      stop: (limit) => this.#stop(limit),
      uninstall: (limit) => this.#uninstall(limit),
      verify: (limit) => this.#verify(limit),
    };
    for (const step of DEPLOYMENTS[this.#action].steps) {
      tell({ is: "began", step });
      const limit = deadline(this.#deps.clock, STEP_MS[step], signal);
      try {
        const said = await works[step](limit.signal, (detail) => tell({ is: "told", detail }));
        if (typeof said === "string") tell({ is: "ended", state: "done", detail: said });
        else tell({ is: "ended", state: "skipped", detail: said.skipped });
      } catch (error) {
        if (!limit.signal.aborted || isMusterError(error)) throw error;
        const seconds = STEP_MS[step] / 1_000;
        throw new MusterError(
          "ACTION_TIMED_OUT",
          { message: `This did not end within ${seconds} s. Try again.` },
          error,
        );
      } finally {
        limit.done();
      }
    }
    if (this.#action === "upgrade")
      await this.#asRoot(scripts.forgetArgv(), signal).catch((error: unknown) =>
        this.#deps.log.debug("the program before an upgrade could not be removed", { error }),
      );
  }

  async undo(signal: AbortSignal): Promise<string> {
    if (this.#isTouched) return "What was done stays; ask for it again when the cause is mended.";
    if (this.#undos.length === 0) return "Nothing was changed.";
    const failures: string[] = [];
    for (const { what, by } of this.#undos.toReversed()) {
      const limit = deadline(this.#deps.clock, UNDO_REACH_MS + UNDO_MS, signal);
      try {
        await by(limit.signal);
      } catch (error) {
        this.#deps.log.warn("a deployment could not be undone", { serverId: this.#server.id, what, error });
        failures.push(`${what} (${isMusterError(error) ? error.message : "it did not end in time"})`);
      } finally {
        limit.done();
      }
    }
    if (failures.length === 0) return "All is as it was before.";
    return `What could not be undone: ${failures.join("; ")}`;
  }

  end(): void {
    this.#visit.close();
  }

  async #check(signal: AbortSignal): Promise<string> {
    await this.#visit.reached(signal);
    const root = await this.#becomeRoot(signal);
    const { exitCode, stdout } = await root.execute(scripts.factsArgv(), { signal });
    if (exitCode !== 0)
      throw new MusterError("ACTION_FAILED", { message: "The server did not say what it is. Look at its /bin/sh." });
    const { cargo, hubUrl } = this.#deps;
    const facts = parseDeployFacts(stdout);
    const plan = planDeployment(facts, {
      ...{ action: this.#action, serverId: this.#server.id, programBytes: cargo.program.bytes, runtime: cargo.runtime },
      ...{ hubUrl: hubUrl(), serverHost: this.#visit.settings.host },
    });
    if (plan.is === "impossible") throw new MusterError("ACTION_REFUSED", { message: plan.why });
    this.#facts = facts;
    this.#node = plan.node;
    const how = root === this.#visit.host ? "as root" : "by sudo";
    const node = plan.node === undefined ? "no Node.js that is new enough" : `Node.js at ${plan.node}`;
    return `${facts.system ?? ""} ${facts.machine ?? ""}, ${how}, ${node}.`;
  }

  async #becomeRoot(signal: AbortSignal): Promise<SshHost> {
    const { host, rootHost, settings } = this.#visit;
    const isRoot = ({ exitCode, stdout }: ExecuteResult): boolean => exitCode === 0 && stdout.trim() === "0";
    if (isRoot(await host.execute(scripts.idArgv(), { signal }))) return (this.#root = host);
    const bySudo = await rootHost.execute(scripts.idArgv(), { signal });
    if (isRoot(bySudo)) return (this.#root = rootHost);
    const next = `Allow ${settings.user} sudo without a password (NOPASSWD), or let the hub in as root.`;
    throw new MusterError("ACTION_REFUSED", {
      message: `This needs root, and sudo did not make ${settings.user} root${said(bySudo)} ${next}`,
    });
  }

  async #upload(signal: AbortSignal, told: Told): Promise<string> {
    const { program } = this.#deps.cargo;
    if (this.#action === "upgrade") {
      await this.#must("The program that runs now could not be kept", scripts.keepArgv(), signal);
      this.#undos.push({ what: "the program that ran before", by: (limit) => this.#putBack(limit) });
    } else this.#undos.push({ what: scripts.PROGRAM_DIRECTORY, by: (limit) => this.#remove(limit) });
    await this.#put(scripts.PROGRAM, program, "0644", signal, told);
    return `${scripts.PROGRAM}, ${megabytes(program.bytes)} MB.`;
  }

  async #bringRuntime(signal: AbortSignal, told: Told): Promise<string | Skipped> {
    if (this.#node !== undefined) return { skipped: "One that is new enough is there." };
    const { runtime } = this.#deps.cargo;
    await this.#put(scripts.RUNTIME, runtime, "0755", signal, told);
    const tried = await this.#asRoot(scripts.versionArgv(scripts.RUNTIME), signal);
    if (tried.exitCode !== 0)
      throw new MusterError("ACTION_FAILED", {
        message: `The hub's Node.js does not run there${said(tried)} Install Node.js 24 or newer on the server.`,
      });
    this.#node = scripts.RUNTIME;
    return `The hub's own ${tried.stdout.trim().slice(0, 20)}, ${megabytes(runtime.bytes)} MB.`;
  }

  async #put(path: string, file: CargoFile, mode: string, signal: AbortSignal, told: Told): Promise<void> {
    let sentBytes = 0;
    let toldShare = 0;
    async function* open(): AsyncGenerator<Uint8Array> {
      for await (const chunk of file.open() as AsyncIterable<Uint8Array>) {
        yield chunk;
        sentBytes += chunk.length;
        const share = Math.floor((sentBytes / file.bytes) * 20);
        if (share === toldShare) continue;
        toldShare = share;
        told(`${megabytes(sentBytes)} of ${megabytes(file.bytes)} MB`);
      }
    }
    const form = { bytes: file.bytes, sha256: file.sha256(), mode };
    await this.#rootHost.upload(path, { ...form, open }, signal);
  }

  async #install(signal: AbortSignal): Promise<string> {
    this.#changedAt = this.#deps.clock.now();
    await this.#must("The agent could not be installed", scripts.installArgv(this.#givenNode), signal);
    this.#changedAt = this.#deps.clock.now();
    return "Its user, directories and unit are there.";
  }

  /** The token is good for this server alone, and ends with this step. */
  async #join(signal: AbortSignal): Promise<string> {
    const { joinTokens, hubUrl, fleet } = this.#deps;
    const { id: serverId, name } = this.#server;
    await this.#quiet(signal);
    // One that runs, left by a deployment that broke off, would write its old identity over the new one.
    await this.#must("The agent that was there could not be stopped", scripts.controlArgv("stop"), signal);
    const token = await joinTokens.rebind(serverId, { name, lifetimeMinutes: TOKEN_MINUTES, createdBy: "deployment" });
    this.#undos.push({ what: "its link by SSH", by: () => this.#detach() });
    try {
      const argv = scripts.joinArgv({
        ...{ node: this.#givenNode, hubUrl: hubUrl(), name },
        user: this.#facts?.user ?? scripts.USER,
        stateDirectory: this.#facts?.stateDirectory ?? scripts.STATE_DIRECTORY,
      });
      const joined = await this.#rootHost.feed(argv, [Buffer.from(token)], { signal });
      if (joined.exitCode !== 0)
        throw new MusterError("JOIN_REFUSED", {
          message: `The agent could not join${said(joined)} Check that the server reaches ${hubUrl()}.`,
        });
    } finally {
      await joinTokens.unbind(serverId).catch(() => undefined);
    }
    if (fleet.get(serverId)?.known.link !== "agent")
      throw new MusterError("JOIN_REFUSED", { message: "The agent says that it joined, and the hub knows of none." });
    return "It keeps its id, name and history.";
  }

  /** An action that the other way would do again must have ended. */
  async #quiet(signal: AbortSignal): Promise<void> {
    const { membership, clock } = this.#deps;
    const untilMs = clock.monotonic() + QUIET_MS;
    while (await membership.hasSentCommand(this.#server.id)) {
      if (clock.monotonic() >= untilMs)
        throw new MusterError("CONFLICT", { message: "An action on this server has not ended yet. Wait for it." });
      signal.throwIfAborted();
      await new Promise<void>((resolve) => void clock.after(QUIET_LOOK_MS, resolve));
    }
  }

  async #start(signal: AbortSignal): Promise<string> {
    this.#changedAt = this.#deps.clock.now();
    this.#isTouched = this.#action !== "deploy";
    await this.#must("The agent's unit could not be started", scripts.controlArgv("start"), signal);
    return "Its unit runs.";
  }

  async #stop(signal: AbortSignal): Promise<string> {
    this.#isTouched = true;
    await this.#must("The agent's unit could not be stopped", scripts.controlArgv("stop"), signal);
    return "Its unit is stopped until it is started again, or the server boots.";
  }

  async #uninstall(signal: AbortSignal): Promise<string> {
    await this.#quiet(signal);
    this.#isTouched = true;
    await this.#remove(signal);
    await this.#detach();
    this.#changedAt = this.#deps.clock.now();
    return "It is gone with its user and state; the server is reached by SSH again.";
  }

  async #verify(signal: AbortSignal): Promise<string> {
    const isGone = this.#action === "uninstall";
    try {
      await this.#reading(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
      if (isGone)
        throw new MusterError("SERVER_OFFLINE", {
          message: "The agent is gone, and no reading came by SSH since. Test the connection.",
        });
      throw new MusterError("SERVER_OFFLINE", { message: await this.#whySilent() });
    }
    return isGone ? "The server is read by SSH." : "The agent reports to this hub.";
  }

  /** Waits for a reading that was made after the change, by the way on which the server is to be. */
  #reading(signal: AbortSignal): Promise<void> {
    const { fleet, agents, cargo } = this.#deps;
    const { id } = this.#server;
    const isRight = (): boolean => {
      const known = fleet.get(id)?.known;
      if (this.#action === "uninstall") return known?.link === "ssh";
      if (!agents.isConnected(id)) return false;
      return this.#action === "start" || known?.agent?.agentVersion === cargo.version;
    };
    return new Promise((resolve, reject) => {
      const finish = (error?: unknown): void => {
        stopListening();
        signal.removeEventListener("abort", abort);
        if (error === undefined) resolve();
        else reject(error as Error);
      };
      const abort = (): void => finish(signal.reason);
      const stopListening = fleet.listen((event) => {
        if (event.is === "read" && event.serverId === id && event.at >= this.#changedAt && isRight()) finish();
      });
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
    });
  }

  async #whySilent(): Promise<string> {
    const limit = deadline(this.#deps.clock, STEP_MS.check);
    try {
      const state = await this.#asRoot(scripts.unitStateArgv(), limit.signal);
      const log = await this.#asRoot(scripts.unitLogArgv(), limit.signal);
      const word =
        state.stdout
          .trim()
          .replace(/[^a-z-]/g, "")
          .slice(0, 20) || "unknown";
      return `No reading came from the agent in time. Its unit is ${word}; its log ends with ${quoted(log.stdout)}.`;
    } catch {
      return "No reading came from the agent in time, and the server is not reached by SSH either.";
    } finally {
      limit.done();
    }
  }

  /** Whatever the hub knows of the agent ends; the server is reached by SSH. Does nothing where it never joined. */
  async #detach(): Promise<void> {
    const { membership, agents, fleet } = this.#deps;
    const { id } = this.#server;
    if (fleet.get(id)?.known.link !== "agent") return;
    await membership.detachAgent(id);
    // In this order: a session that is still being proved finds its agent gone, one that stands is closed.
    await fleet.relink(id);
    agents.disconnect(id, "revoked");
  }

  async #remove(signal: AbortSignal): Promise<void> {
    await this.#back(signal);
    const argv = scripts.removeArgv(this.#node ?? scripts.RUNTIME);
    await this.#must("The agent could not be removed", argv, signal);
  }

  async #putBack(signal: AbortSignal): Promise<void> {
    await this.#back(signal);
    await this.#must("The program could not be put back", scripts.putBackArgv(), signal);
    await this.#must("The agent could not be started again", scripts.installArgv(this.#givenNode), signal);
  }

  /** The line may have been lost, which may be why something is undone. */
  async #back(signal: AbortSignal): Promise<void> {
    const limit = deadline(this.#deps.clock, UNDO_REACH_MS, signal);
    try {
      await this.#visit.reached(limit.signal);
    } finally {
      limit.done();
    }
  }

  get #rootHost(): SshHost {
    if (this.#root === undefined) throw new Error("nobody is root there yet");
    return this.#root;
  }

  get #givenNode(): string {
    if (this.#node === undefined) throw new Error("there is no Node.js there yet");
    return this.#node;
  }

  #asRoot(argv: readonly string[], signal: AbortSignal): Promise<ExecuteResult> {
    return this.#rootHost.execute(argv, { signal });
  }

  /** Throws ACTION_FAILED with what the server said unless it ends well. */
  async #must(what: string, argv: readonly string[], signal: AbortSignal): Promise<void> {
    const ended = await this.#asRoot(argv, signal);
    if (ended.exitCode !== 0) throw new MusterError("ACTION_FAILED", { message: `${what}${said(ended)}` });
  }
}

type Told = (detail: string) => void;
interface Skipped {
  readonly skipped: string;
}

const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0);

/** What a program said when it failed, as the end of a sentence. */
function said({ stderr, stdout, exitCode }: ExecuteResult): string {
  const text = (stderr.trim() || stdout.trim()).split("\n").at(-1) ?? "";
  return text === "" ? `: it ended with ${exitCode ?? "a signal"}.` : `. It said: ${quoted(text)}.`;
}
