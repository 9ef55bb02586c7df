import { deadline, isExactName, isHost, isWhole, PING_PACKETS_MAX, pingArguments, SECOND_MS } from "@muster/core";
import type { Clock, LoadedPolicy, Policy } from "@muster/core";
import { PROGRAM_LIMITS } from "@muster/protocol";
import type { ProgramItem } from "@muster/protocol";
import type { Host } from "../host.ts";
import { sentence } from "./executor.ts";

/** A probe gives up after a minute; this is for a hub that does not. */
const PROGRAM_MS_MAX = 65 * SECOND_MS;
/** Programs of probes under way at one time. */
const OPEN_MAX = 8;

type Asked = Readonly<Record<string, unknown>>;

/** What a server runs for each sort of program that a probe asks for, as its policy says it. Throws where that does not. */
const COMMANDS = {
  "probe.exec": ({ name }: Asked, { exec }: Policy["probe"]): readonly string[] => {
    if (typeof name !== "string" || !isExactName(name)) throw new Error("the name of a program is not valid");
    const program = exec.find((one) => one.name === name);
    if (program === undefined)
      throw new Error(
        `policy: it names no program ${name} for probes; to allow one, add "${name}: [/path/to/the/program]" under probe: exec:`,
      );
    return program.argv;
  },
  "probe.ping": ({ host, packets }: Asked, { icmp }: Policy["probe"]): readonly string[] => {
    if (typeof host !== "string" || !isHost(host) || !isWhole(packets, PING_PACKETS_MAX) || packets === 0)
      throw new Error("host and number of a ping are not valid");
    if (!icmp.includes(host))
      throw new Error(`policy: it lets probes ping no ${host}; to allow it, add "${host}" under probe: icmp:`);
    return [PING_PATH, ...pingArguments(host, packets)];
  },
};
/** Where every Linux has it. */
const PING_PATH = "/bin/ping";

/** Runs programs for probes of the hub: what the server's policy names under `probe.exec` and `probe.icmp`, and no others (PR77, PR78). */
export class ProbePrograms {
  readonly #host: Pick<Host, "execute">;
  readonly #policy: () => Promise<LoadedPolicy>;
  readonly #clock: Clock;
  #openCount = 0;

  constructor(deps: {
    readonly host: Pick<Host, "execute">;
    /** As the file is at this moment. */
    readonly policy: () => Promise<LoadedPolicy>;
    readonly clock: Clock;
  }) {
    this.#host = deps.host;
    this.#policy = deps.policy;
    this.#clock = deps.clock;
  }

  /**
   * That it starts, and how it ended. Throws with a sentence that begins with `policy: ` where the policy does not name it.
   * When aborted it is ended with all that it started, and nothing more is said.
   */
  async *open(
    asked: keyof typeof COMMANDS,
    params: unknown,
    signal: AbortSignal,
  ): AsyncGenerator<ProgramItem, void, undefined> {
    const { policy } = await this.#policy();
    const argv = COMMANDS[asked]((params ?? {}) as Asked, policy.probe);
    if (this.#openCount >= OPEN_MAX) throw new Error("too many programs of probes run there at one time");
    if (signal.aborted) return;
    this.#openCount++;
    const limit = deadline(this.#clock, PROGRAM_MS_MAX, signal);
    try {
      yield { started: true };
      const { outputBytesMax } = PROGRAM_LIMITS;
      const { truncated, ...end } = await this.#host.execute(argv, { signal: limit.signal, outputBytesMax });
      yield { ...end, isCut: truncated };
    } catch (error) {
      if (signal.aborted) return;
      throw new Error(limit.signal.aborted ? "the program does not end" : whyNotRun(error), { cause: error });
    } finally {
      limit.done();
      this.#openCount--;
    }
  }
}

/** Why a program of this server did not run to its end, for people. What has a code is the system's, and only that is told. */
export function whyNotRun(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  if (code === "ENOENT") return "there is no such program";
  if (code === "EACCES") return "the program may not be run";
  return typeof code === "string" ? `the program cannot be started: ${code}` : sentence(error);
}
