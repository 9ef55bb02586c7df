import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

export interface StaticFile {
  readonly body: Buffer;
  readonly gzipped: Buffer | undefined;
  readonly type: string;
  readonly etag: string;
  /** Hashed names never change their content. */
  readonly isImmutable: boolean;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

/**
 * The web app's files, read once into a map by their exact path: there is no path to walk out of. A directory that is
 * not there gives an empty map.
 */
export function readStaticFiles(directory: string): ReadonlyMap<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return files;
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const path = join(directory, name);
    const type = TYPES[extname(name)];
    if (type === undefined || !statSync(path).isFile()) continue;
    files.set(`/${name.split("\\").join("/")}`, staticFile(readFileSync(path), type, name.startsWith("assets")));
  }
  return files;
}

function staticFile(body: Buffer, type: string, isImmutable: boolean): StaticFile {
  const isText = !/png|icon|woff/.test(type);
  return {
    body,
    gzipped: isText && body.length > 1_024 ? gzipSync(body, { level: 6 }) : undefined,
    type,
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`,
    isImmutable,
  };
}
