import type { Terminal } from "../src/terminal/terminal.ts";

/** A terminal in memory: what was written, and lines that answer questions one after the other. */
export interface MemoryTerminal extends Terminal {
  readonly output: string;
  readonly errors: string;
  readonly questions: readonly string[];
}

export function memoryTerminal(
  answers: readonly string[] = [],
  person: "asked" | "absent" = "absent",
  place: "screen" | "pipe" = "pipe",
): MemoryTerminal {
  const lines = [...answers];
  const questions: string[] = [];
  const decoder = new TextDecoder();
  let output = "";
  let errors = "";
  return {
    write: (text) => void (output += text),
    async writeBytes(bytes) {
      output += decoder.decode(bytes, { stream: true });
      return "open";
    },
    writeError: (text) => void (errors += text),
    outputIsScreen: place === "screen",
    errorIsScreen: false,
    canAsk: person === "asked",
    columns: undefined,
    readLine(question) {
      questions.push(question);
      return Promise.resolve(lines.shift());
    },
    close() {},
    get output() {
      return output;
    },
    get errors() {
      return errors;
    },
    questions,
  };
}
