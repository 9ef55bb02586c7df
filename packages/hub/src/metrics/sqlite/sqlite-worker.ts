import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { Ready, ToWorker, WorkerConfig } from "./calls.ts";
import { openForReading, openForWriting } from "./open-database.ts";
import { Reader } from "./reader.ts";
import { failureOf } from "./storage-failure.ts";
import { Writer } from "./writer.ts";

/**
 * The entry of both threads. It is started by its URL, so a bundle must contain it as a file of its own; it imports
 * nothing but Node and `@muster/core`, because each thread loads its own copy.
 */
function serve(port: MessagePort, config: WorkerConfig): void {
  const db = config.role === "writer" ? openForWriting(config.path) : openForReading(config.path);
  const writer = config.role === "writer" ? new Writer(db) : undefined;
  const reader = config.role === "reader" ? new Reader(db, config.path) : undefined;
  port.on("message", (message: ToWorker) => {
    if (message.is === "close") {
      db.close();
      port.close();
    } else if (message.is === "write") port.postMessage(writer?.run(message.jobs));
    else port.postMessage(reader?.run(message.job, message.abortFlag));
  });
  port.postMessage({ is: "done", answer: { hiddenServers: writer?.hiddenServers() ?? [] } } satisfies Ready);
}

if (parentPort !== null) {
  try {
    serve(parentPort, workerData as WorkerConfig);
  } catch (error) {
    parentPort.postMessage({ is: "failed", failure: failureOf(error) } satisfies Ready);
  }
}
