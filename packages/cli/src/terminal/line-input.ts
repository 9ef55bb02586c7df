import { createInterface } from "node:readline";
import type { Interface } from "node:readline";
import { Writable } from "node:stream";

/** Lines of standard input in order. One reader lives through all questions, so that no piped line is lost between two. */
export class LineInput {
  readonly #reader: Interface;
  readonly #ready: string[] = [];
  readonly #waiting: ((line: string | undefined) => void)[] = [];
  #hidden = false;
  #ended = false;

  constructor() {
    // readline echoes by writing to its output; what is typed while hidden is dropped there.
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.#hidden) process.stderr.write(chunk);
        done();
      },
    });
    this.#reader = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY === true });
    this.#reader.on("line", (line) => {
      const waiting = this.#waiting.shift();
      if (waiting) waiting(line);
      else this.#ready.push(line);
    });
    this.#reader.on("close", () => {
      this.#ended = true;
      for (const waiting of this.#waiting.splice(0)) waiting(undefined);
    });
    // Ctrl-C while a question stands is the answer "no": without this readline would swallow it.
    this.#reader.on("SIGINT", () => {
      process.stderr.write("\n");
      process.kill(process.pid, "SIGINT");
    });
  }

  async read(question: string, echo: "echo" | "hidden"): Promise<string | undefined> {
    if (process.stdin.isTTY) process.stderr.write(question);
    this.#hidden = echo === "hidden";
    const line =
      this.#ready.shift() ??
      (this.#ended ? undefined : await new Promise<string | undefined>((resolve) => this.#waiting.push(resolve)));
    if (this.#hidden && process.stdin.isTTY) process.stderr.write("\n");
    this.#hidden = false;
    return line;
  }

  close(): void {
    this.#reader.close();
    process.stdin.unref?.();
  }
}
