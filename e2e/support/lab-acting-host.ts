import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { LocalHost } from "@muster/agent";
import type {
  ActingHost,
  ExecuteOptions,
  ExecuteResult,
  FilePart,
  FileSystemUsage,
  HostStream,
  ProcessTarget,
  ReadUse,
  SignalName,
  SocketRequest,
  SocketResponse,
  StreamOptions,
  WatchStart,
} from "@muster/host";
import { systemClock } from "@muster/node-kit";
import type { LabHost } from "../lab/lab.ts";

/**
 * A lab host as an agent on it would see it, from the test's own process: files through the root of its first process,
 * programs inside its namespaces. All of it is the agent's own code for the local machine.
 */
export class LabActingHost implements ActingHost {
  readonly #local = new LocalHost(systemClock);
  readonly #root: string;
  readonly #enter: readonly string[];
  /** Every argument list, to see what a driver costs and says. */
  readonly executed: (readonly string[])[] = [];

  private constructor(firstPid: number, become: readonly string[]) {
    this.#root = `/proc/${firstPid}/root`;
    const namespaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup"];
    this.#enter = ["/usr/bin/nsenter", `--target=${firstPid}`, ...namespaces, "--", ...become];
  }

  /** @param uid whom its programs run as; root unless told. */
  static async of(host: LabHost, uid = 0): Promise<LabActingHost> {
    const namespace = (await host.shell("readlink /proc/1/ns/pid")).trim();
    const become = uid === 0 ? [] : ["/usr/bin/setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--"];
    return new LabActingHost(firstProcessIn(namespace), become);
  }

  readFile(path: string, use?: ReadUse): Promise<string | undefined> {
    return this.#local.readFile(this.#root + path, use);
  }
  listDirectory(path: string): Promise<readonly string[] | undefined> {
    return this.#local.listDirectory(this.#root + path);
  }
  fileSystemUsage(path: string, signal: AbortSignal): Promise<FileSystemUsage | undefined> {
    return this.#local.fileSystemUsage(this.#root + path, signal);
  }
  readLink(path: string): Promise<string | undefined> {
    return this.#local.readLink(this.#root + path);
  }
  execute(argv: readonly string[], options: ExecuteOptions): Promise<ExecuteResult> {
    this.executed.push(argv);
    return this.#local.execute([...this.#enter, ...argv], options);
  }
  stream(argv: readonly string[], options: StreamOptions): HostStream {
    return this.#local.stream([...this.#enter, ...argv], options);
  }
  request(socketPath: string, request: SocketRequest, signal: AbortSignal): Promise<SocketResponse> {
    return this.#local.request(this.#root + socketPath, request, signal);
  }
  readPart(path: string, fromByte: number, bytesMax: number): Promise<FilePart | undefined> {
    return this.#local.readPart(this.#root + path, fromByte, bytesMax);
  }
  async kill({ pid, group }: ProcessTarget, signal: SignalName): Promise<"sent" | "gone" | "denied"> {
    const target = group === true ? `-${pid}` : String(pid);
    const { exitCode } = await this.execute(["/bin/kill", "-s", signal, "--", target], {
      signal: AbortSignal.timeout(5_000),
    });
    return exitCode === 0 ? "sent" : "gone";
  }
  watchDirectory(path: string, changed: (entry: string | undefined) => void, signal: AbortSignal): WatchStart {
    return this.#local.watchDirectory(this.#root + path, changed, signal);
  }
  close(): void {
    this.#local.close();
  }
}

/** The number, as this machine counts, of the process that is number 1 in a namespace. */
function firstProcessIn(namespace: string): number {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) continue;
      if (/^NSpid:.*\t1$/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return Number(pid);
    } catch {
      // It ended meanwhile.
    }
  }
  throw new Error(`no first process in ${namespace}`);
}
