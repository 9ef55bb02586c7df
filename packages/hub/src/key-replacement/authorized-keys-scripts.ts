import { shellScript } from "../links/ssh/shell-words.ts";

// Small programs for the user who logs in. Their text is fixed; what they act on are arguments and standard input.
const SHELL = "/bin/sh";

/**
 * Enters the user's home and looks at what is there, following no link of the user's: `state` becomes `missing` or `there`.
 * Home itself may be reached by links, which are the administrator's.
 */
const ENTER = shellScript`
uid=$(id -u) && user=$(id -un) || exit 3
home=$(getent passwd "$user" 2>/dev/null | cut -d: -f6)
[ -n "$home" ] || home=$(while IFS=: read -r name _ _ _ _ place _; do
  [ "$name" = "$user" ] && { printf '%s' "$place"; break; }
done </etc/passwd)
[ -n "$home" ] && cd -P -- "$home" 2>/dev/null || exit 3
owner=$(stat -c %u .) && { [ "$owner" = "$uid" ] || [ "$owner" = 0 ]; } || exit 4
look() {
  state=missing
  [ ! -L .ssh ] || exit 5
  [ -e .ssh ] || return
  [ -d .ssh ] || exit 5
  [ "$(stat -c %u .ssh)" = "$uid" ] || exit 6
  [ ! -L .ssh/authorized_keys ] || exit 7
  [ -e .ssh/authorized_keys ] || return
  [ -f .ssh/authorized_keys ] || exit 7
  [ "$(stat -c %u .ssh/authorized_keys)" = "$uid" ] || exit 8
  [ -w .ssh/authorized_keys ] || exit 9
  state=there
}
look
`;

const LOOK = `${ENTER}
printf '%s %s\\n' "$state" "$(pwd -P)/.ssh/authorized_keys"`;

/** Answers `missing` or `there`, and the file's path without links; a code of `AUTHORIZED_KEYS_PROBLEMS` otherwise. */
export const lookArgv = (): readonly string[] => [SHELL, "-c", LOOK, "sh"];

/** What was read before, when there was no file. */
export const NO_FILE = "missing";

const WRITE = shellScript`
expected=$1 bytes=$2 sha256=$3 new=.ssh/.authorized_keys.muster-$4
${ENTER}
umask 077
[ -d .ssh ] || mkdir -m 700 .ssh || exit 11
find .ssh -name '.authorized_keys.muster-*' -mtime +0 -exec rm -f -- {} + 2>/dev/null
trap 'rm -f -- "$new"' EXIT
hash() { sha256sum <"$1" | cut -c 1-64; }
(set -C && cat >"$new") || exit 11
chmod 600 "$new" || exit 11
[ "$(wc -c <"$new")" -eq "$bytes" ] && [ "$(hash "$new")" = "$sha256" ] || exit 12
sync "$new" 2>/dev/null || sync
look
now=$state
[ "$now" = missing ] || now=$(hash .ssh/authorized_keys)
[ "$now" = "$expected" ] || exit 10
mv -f -- "$new" .ssh/authorized_keys || exit 11
command -v restorecon >/dev/null 2>&1 && restorecon .ssh .ssh/authorized_keys 2>/dev/null
sync .ssh 2>/dev/null || sync
`;

/**
 * Puts standard input in the place of the file, whole or not at all, unless the file is another by now than the one that
 * was read: `expected` is the hash of that, or `NO_FILE`. What a machine that went down left of this is removed after a
 * day; what is younger may be another server of the hub that is the same account, in the middle of it.
 */
export const writeArgv = (
  expected: string,
  { bytes, sha256 }: { readonly bytes: number; readonly sha256: string },
  token: string,
): readonly string[] => [SHELL, "-c", WRITE, "sh", expected, String(bytes), sha256, token];

export const CHANGED_MEANWHILE = 10;

/** Why the file is left alone. */
export const AUTHORIZED_KEYS_PROBLEMS: Readonly<Record<number, string>> = {
  3: "the user's home directory cannot be found",
  4: "the user's home directory belongs to somebody else",
  5: "~/.ssh is a symbolic link, or no directory",
  6: "~/.ssh belongs to somebody else",
  7: "it is a symbolic link, or no ordinary file",
  8: "it belongs to somebody else",
  9: "it is read-only",
  [CHANGED_MEANWHILE]: "somebody else is changing it",
  11: "it cannot be written; look whether ~/.ssh or the disk is read-only or full",
  12: "not all of it came",
};
