import type { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { OpenOutcome, ToWorker, WorkerConfig, WriteMessage } from "./calls.ts";
import { openForReading, openForWriting } from "./open-database.ts";
import { Reader } from "./reader.ts";
import { failureOf } from "./storage-failure.ts";
import { KnownSenders, packOutcomes } from "./write-message.ts";
import { Writer } from "./writer.ts";

/**
 * The entry of both threads. It is started by its URL, so a bundle must contain it as a file of its own; it imports
 * nothing but Node and `@muster/core`, because each thread loads its own copy.
 */
function serve(port: MessagePort, { role, path }: WorkerConfig): void {
  let db: DatabaseSync | undefined;
  let writer: Writer | undefined;
  let reader: Reader | undefined;
  const senders = new KnownSenders();

  const open = (): OpenOutcome => {
    try {
      if (role === "writer") writer = new Writer((db = openForWriting(path)));
      else reader = new Reader((db = openForReading(path)), path);
      return {
        is: "done",
        answer: {
          hiddenServers: writer?.hiddenServers() ?? [],
          samplesSince: writer?.samplesSince() ?? Number.MIN_SAFE_INTEGER,
        },
      };
    } catch (error) {
      return { is: "failed", failure: failureOf(error) };
    }
  };

  const write = (message: WriteMessage): void => {
    senders.note(message);
    const outcomes = writer?.run(() => senders.jobsOf(message)) ?? [];
    senders.forget(message);
    const answer = packOutcomes(outcomes);
    port.postMessage(answer, [answer.numbers.buffer]);
  };

  port.on("message", (message: ToWorker) => {
    switch (message.is) {
      case "open":
        return port.postMessage(open());
      case "write":
        return write(message);
      case "read":
        return port.postMessage(reader?.run(message.job, message.abortFlag));
      case "close":
        db?.close();
        return port.close();
    }
  });
}

if (parentPort !== null) serve(parentPort, workerData as WorkerConfig);
