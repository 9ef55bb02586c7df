import type { ActingHost, ExecuteResult, HostStream, SocketRequest, SocketResponse } from "../src/index.ts";

/** A host on which nothing is but what a test puts there: for what no real machine does on demand. */
export class ScriptedActingHost implements ActingHost {
  readonly requests: SocketRequest[] = [];
  /** Answers an exchange, or throws. */
  answer: (request: SocketRequest, signal: AbortSignal) => SocketResponse = () => {
    throw Object.assign(new Error("connect ENOENT"), { code: "ENOENT" });
  };

  request(_: string, request: SocketRequest, signal: AbortSignal): Promise<SocketResponse> {
    this.requests.push(request);
    return Promise.resolve().then(() => this.answer(request, signal));
  }
  readFile(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  listDirectory(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  fileSystemUsage(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  readLink(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  execute(): Promise<ExecuteResult> {
    return Promise.reject(new Error("no program is here"));
  }
  stream(): HostStream {
    throw new Error("no program is here");
  }
  readPart(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  kill(): Promise<"gone"> {
    return Promise.resolve("gone");
  }
}
