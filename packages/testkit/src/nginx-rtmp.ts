import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { freePort } from "./free-port.ts";
import { runProgram, startProgram } from "./program.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** Where Debian's package puts it. */
const MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

/** Why it cannot be had here; undefined when it can. */
export const nginxRtmpMissing = (): string | undefined =>
  existsSync(MODULE) ? undefined : "apt-get install nginx-light libnginx-mod-rtmp";

/**
 * A real nginx with the RTMP module, whose application `live` has the stream `news`: it pulls a film of a minute from its
 * own application `vod`, in the film's time. Ask `needs("nginx-rtmp")`. `url`: of its statistics at `/stat`.
 */
export async function startNginxRtmp(): Promise<{ readonly url: string } & AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const directory = cleanup.use(await temporaryDirectory("nginx-rtmp"));
  // Its workers are an ordinary user.
  await runProgram(["chmod", "0755", directory.path]);
  await writeFile(directory.file("news.flv"), film());
  const [rtmp, http] = [await freePort(), await freePort()];
  const config = [
    `load_module ${MODULE}; daemon off; worker_processes 1; error_log stderr notice; pid ${directory.file("pid")};`,
    `events { worker_connections 64; } rtmp { access_log off; server { listen 127.0.0.1:${rtmp};`,
    `application vod { play ${directory.path}; }`,
    `application live { live on; pull rtmp://127.0.0.1:${rtmp}/vod/news.flv name=news static; } } }`,
    `http { access_log off; server { listen 127.0.0.1:${http}; location /stat { rtmp_stat all; } } }`,
  ];
  await writeFile(directory.file("nginx.conf"), config.join("\n"));
  const program = await startProgram(["nginx", "-p", directory.path, "-c", directory.file("nginx.conf")]);
  // Killed, it would leave its worker behind.
  cleanup.defer(async () => void (await program.stop("SIGTERM")));
  await program.says(/start worker process /);
  const owned = cleanup.move();
  return { url: `http://127.0.0.1:${http}`, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

const FRAME_MS = 40;
const FRAMES = 25 * 60;
/** Parameter sets of H.264, baseline, 320 by 240. */
const SEQUENCE = Buffer.from("6742c00dd90141fb0110000003001000000303c0f14299", "hex");
const PICTURE = Buffer.from("68cb83cb20", "hex");

/** A minute of FLV with frames of a thousand bytes that nobody can watch and everybody can pass on. */
function film(): Buffer {
  const configuration = Buffer.concat([
    ...[Buffer.from([1, ...SEQUENCE.subarray(1, 4), 0xff, 0xe1, 0, SEQUENCE.length]), SEQUENCE],
    ...[Buffer.from([1, 0, PICTURE.length]), PICTURE],
  ]);
  const tags = [videoTag(0, Buffer.concat([Buffer.from([0x17, 0, 0, 0, 0]), configuration]))];
  for (let frame = 0; frame < FRAMES; frame++) {
    const isKey = frame % 25 === 0;
    const unit = Buffer.alloc(1_000, 7);
    unit[0] = isKey ? 0x65 : 0x41;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(unit.length);
    tags.push(
      videoTag(frame * FRAME_MS, Buffer.concat([Buffer.from([isKey ? 0x17 : 0x27, 1, 0, 0, 0]), length, unit])),
    );
  }
  return Buffer.concat([Buffer.from([0x46, 0x4c, 0x56, 1, 1, 0, 0, 0, 9, 0, 0, 0, 0]), ...tags]);
}

function videoTag(atMs: number, data: Buffer): Buffer {
  const head = Buffer.alloc(11);
  head[0] = 9;
  head.writeUIntBE(data.length, 1, 3);
  head.writeUIntBE(atMs, 4, 3);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(head.length + data.length);
  return Buffer.concat([head, data, size]);
}
