import { request } from "node:http";

export type LocalAnswer =
  | { readonly ok: true; readonly status: number; readonly text: string }
  | { readonly ok: false; readonly why: "absent" | "denied" | "timed-out" | "too-long" | "failed" };

const BODY_BYTES_MAX = 8 * 1024 * 1024;
const BY_CODE: Readonly<Record<string, "absent" | "denied">> = {
  ENOENT: "absent",
  ECONNREFUSED: "absent",
  EACCES: "denied",
  EPERM: "denied",
};

/** Asks tailscaled on this machine for its status, by its Unix socket. Never throws. */
export function askTailscaled(socketPath: string, signal: AbortSignal): Promise<LocalAnswer> {
  return new Promise((resolve) => {
    const asked = request({
      ...{ socketPath, method: "GET", path: "/localapi/v0/status", signal, agent: false },
      headers: { host: "local-tailscaled.sock" },
    });
    const end = (answer: LocalAnswer): void => {
      asked.destroy();
      resolve(answer);
    };
    asked.on("error", (error: NodeJS.ErrnoException) =>
      end({ ok: false, why: signal.aborted ? "timed-out" : (BY_CODE[error.code ?? ""] ?? "failed") }),
    );
    asked.on("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > BODY_BYTES_MAX) end({ ok: false, why: "too-long" });
        else chunks.push(chunk);
      });
      response.on("error", () => end({ ok: false, why: signal.aborted ? "timed-out" : "failed" }));
      response.on("end", () =>
        end({ ok: true, status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    asked.end();
  });
}
