import type { LineInput } from "./line-input.ts";
import type { Terminal } from "./terminal.ts";

/** The terminal of this process. A reader that went away (`muster … | head -1`) ends the output quietly. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  let lines: LineInput | undefined;
  return {
    write: (text) => void stdout.write(text),
    writeBytes: (bytes) =>
      new Promise((resolve, reject) => {
        stdout.write(bytes, (error) => {
          if (!error) resolve("open");
          else if ("code" in error && error.code === "EPIPE") resolve("closed");
          else reject(error);
        });
      }),
    writeError: (text) => void stderr.write(text),
    outputIsScreen: stdout.isTTY === true,
    errorIsScreen: stderr.isTTY === true,
    canAsk: stdin.isTTY === true,
    columns: stdout.isTTY ? stdout.columns : undefined,
    async readLine(question, echo) {
      // Most commands ask nothing and need not load what reads lines.
      if (!lines) {
        const { LineInput: Input } = await import("./line-input.ts");
        lines ??= new Input();
      }
      return lines.read(question, echo);
    },
    close: () => lines?.close(),
  };
}
