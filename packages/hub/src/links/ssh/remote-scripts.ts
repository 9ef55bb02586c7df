import { parseCount } from "@muster/core";
import { READ_BYTES_MAX } from "@muster/host";
import type { FilePart, ProcessTarget, SignalName } from "@muster/host";
import { STAT_FORMAT } from "./reader-answer.ts";
import { shellScript } from "./shell-words.ts";

// Small programs for what no one program of a server does whole. Their text is fixed; what they act on are arguments.
const SHELL = "/bin/sh";
const BLOCK_BYTES = 4096;

/** The whole text of a file, as far as it is read. */
export const readArgv = (path: string): readonly string[] => [
  ...[SHELL, "-c", 'exec head -c "$1" -- "$2"', "sh", String(READ_BYTES_MAX), path],
];

/** The space of one file system; `parseUsage` reads the answer. */
export const usageArgv = (path: string): readonly string[] => [
  ...[SHELL, "-c", 'exec stat -f -c "$1" -- "$2"', "sh", STAT_FORMAT, path],
];

/** Tells by its exit code, see `SOCKET_CODES`, why a socket cannot be connected to; another code says nothing. */
export const socketArgv = (path: string): readonly string[] => [
  ...[SHELL, "-c", '[ -e "$1" ] || exit 3; [ -w "$1" ] || exit 4', "sh", path],
];
export const SOCKET_CODES: Readonly<Record<number, string>> = { 3: "ENOENT", 4: "EACCES" };

/**
 * Part of a file by a path without symbolic links. The directory is entered, so that it cannot be exchanged, and the
 * opened file is compared with the one that has its name: a link set in between is another file.
 */
const FILE_PART = shellScript`
directory=$1 name=$2
cd -P -- "$directory" && [ "$(pwd -P)" = "$directory" ] || exit 3
[ -f "./$name" ] && [ ! -L "./$name" ] && exec 3<"./$name" || exit 3
opened=$(stat -L -c '%d:%i %s %Y %y' /proc/self/fd/3) && named=$(stat -c '%d:%i' "./$name") || exit 3
[ "$named" = "\${opened%% *}" ] && [ -f /proc/self/fd/3 ] || exit 3
printf '%s\n' "$opened"
exec dd bs=4096 skip="$3" count="$4" <&3 2>/dev/null
`;

export function filePartArgv(path: string, fromByte: number, bytesMax: number): readonly string[] {
  const at = path.lastIndexOf("/");
  const first = Math.floor(fromByte / BLOCK_BYTES);
  const count = Math.ceil((fromByte + bytesMax) / BLOCK_BYTES) - first;
  return [SHELL, "-c", FILE_PART, "sh", path.slice(0, at) || "/", path.slice(at + 1), String(first), String(count)];
}

/** At most this much comes back. */
export const filePartBytes = (bytesMax: number): number => bytesMax + 2 * BLOCK_BYTES + 256;

/** Reads what the script wrote; undefined when it is nothing. */
export function parseFilePart(output: Buffer, fromByte: number, bytesMax: number): FilePart | undefined {
  const end = output.indexOf("\n");
  const line = output.toString("latin1", 0, Math.max(end, 0));
  const [, identity = "", size, seconds, fraction = "0"] =
    /^([0-9]+:[0-9]+) ([0-9]+) ([0-9]+) [^.]*(\.[0-9]+)?/.exec(line) ?? [];
  const sizeBytes = parseCount(size);
  const modifiedSeconds = parseCount(seconds);
  if (sizeBytes === undefined || modifiedSeconds === undefined) return undefined;
  const from = end + 1 + (fromByte % BLOCK_BYTES);
  return {
    bytes: output.subarray(from, from + Math.max(0, Math.min(bytesMax, sizeBytes - fromByte))),
    sizeBytes,
    identity,
    modifiedAt: modifiedSeconds * 1000 + Math.round(Number(fraction) * 1000),
  };
}

/**
 * Sends a signal to the process that started at this tick; the same shell looks and sends, so that little time is
 * between. Of the spellings of kill see `killGroup`.
 */
const KILL = shellScript`
pid=$1 ticks=$2 signal=$3 group=$4 stat=
while IFS= read -r line || [ "$line" ]; do stat="$stat$line "; done 2>/dev/null <"/proc/$pid/stat" || { echo gone; exit; }
set -f
set -- \${stat##*) }
[ "\${20}" = "$ticks" ] || { echo gone; exit; }
case $group$(command -v kill) in
group/*) kill "-$signal" -- "-$pid" ;;
group*) kill "-$signal" "-$pid" ;;
*) kill "-$signal" "$pid" ;;
esac 2>/dev/null && { echo sent; exit; }
if [ -d "/proc/$pid" ]; then echo denied; else echo gone; fi
`;

/** Throws when the number is none of an ordinary process: 0, 1 and negative ones mean many. */
export function killArgv({ pid, startTicks, group }: ProcessTarget, signal: SignalName): readonly string[] {
  if (!Number.isSafeInteger(pid) || pid < 2) throw new Error(`${pid} is no process that may be signalled`);
  return [SHELL, "-c", KILL, "sh", String(pid), String(startTicks), signal, group === true ? "group" : ""];
}

/** What a file must be once it is there. */
export interface UploadedForm {
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  /** As chmod takes it, such as `0644`. */
  readonly mode: string;
}

/**
 * Writes standard input into a file. What came in part, because the connection ended or the disk is full, goes again; what
 * an upload left behind that could not even do that is removed by the next one. `sync` of a path is not everywhere.
 */
const UPLOAD = shellScript`
path=$1 bytes=$2 sha256=$3 mode=$4 new=$1.new-$5 directory=\${1%/*}
umask 022
mkdir -p -- "$directory" || exit 3
umask 077
rm -f -- "$path".new-*
fail() { rm -f -- "$new"; exit "$1"; }
cat >"$new" || fail 4
[ "$(wc -c <"$new")" -eq "$bytes" ] || fail 5
[ "$(sha256sum <"$new" | cut -c 1-64)" = "$sha256" ] || fail 6
chmod -- "$mode" "$new" || fail 4
sync "$new" 2>/dev/null || sync
mv -f -- "$new" "$path" || fail 4
sync "$directory" 2>/dev/null || sync
`;

export const uploadArgv = (path: string, { bytes, sha256, mode }: UploadedForm, token: string): readonly string[] => [
  ...[SHELL, "-c", UPLOAD, "sh", path, String(bytes), sha256, mode, token],
];

const UPLOAD_PROBLEMS: Readonly<Record<number, string>> = {
  3: "its directory cannot be made",
  4: "it cannot be written; look whether the disk is full or read-only",
  5: "not all of it came",
  6: "what came is something else than what was sent",
};

/** Why an upload ended so. */
export const uploadProblem = (exitCode: number | null): string =>
  UPLOAD_PROBLEMS[exitCode ?? -1] ?? "the program that writes it ended early";
