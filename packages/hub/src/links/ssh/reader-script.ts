import { STAT_FORMAT } from "./reader-answer.ts";
import { shellScript, shellWords } from "./shell-words.ts";

/**
 * The program that reads a server's files: plain POSIX sh, the same text for every server and every question. It must
 * work in dash, BusyBox ash and bash.
 *
 * A question is one line: words separated by tabs, each a letter and an absolute path: `f` for the text of a file, `d`
 * for the names of a directory, `l` for where a link leads, `u` for the space of a file system. The answer is
 *   TOKEN and a letter for each word (`+` follows, `-` is not there, `!` may not be read), on a line of its own
 *   each file's text, followed by the environment of the reading program, which nobody else knows
 *   each directory's names as whole paths, each followed by NUL; each link's target; these followed by a TOKEN line
 *   a line of numbers for each file system
 *   TOKEN, `end` and the status of the reading of files.
 *
 * All files of a question are read by one program: starting one a file would cost a server ten times as much. Opening a
 * file in the shell first tells one that may not be read; `-f` before it keeps pipes and devices from being opened.
 */
const READER = shellScript`
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
printf '\n%s hello %s\n' "$TOKEN" "$1"
head -q -c 65536 -- /proc/self/environ
printf '%s end %s\n' "$TOKEN" "$?"
exec 2>/dev/null
names() {
  [ "$1" = "$2" ] && [ ! -e "$2" ] && [ ! -L "$2" ] && return
  shift
  printf '%s\0' "$@"
}
set -f
IFS='	'
while read -r line; do
  set -- $line
  letters= files= usages= status=0
  for word do
    path=\${word#?} letter=-
    case $word in
    f*)
      if [ -f "$path" ]; then
        if { true; } <"$path"; then letter=+ files="$files$path	/proc/self/environ	"; else letter=!; fi
      fi ;;
    d*)
      if [ -d "$path" ]; then
        if [ -r "$path" ]; then letter=+; else letter=!; fi
      fi ;;
    l*) [ -L "$path" ] && letter=+ ;;
    u*) [ -e "$path" ] && letter=+ usages="$usages$path	" ;;
    esac
    letters=$letters$letter
  done
  printf '%s %s\n' "$TOKEN" "$letters"
  [ -z "$files" ] || { head -q -c 4194304 -- $files || status=1; }
  for word do
    path=\${word#?}
    case $letters in
    +*)
      case $word in
      d*)
        set +f
        names "$path/*" "$path"/*
        names "$path/.[!.]*" "$path"/.[!.]*
        names "$path/..?*" "$path"/..?*
        set -f
        printf '%s\n' "$TOKEN" ;;
      l*) readlink "$path"; printf '%s\n' "$TOKEN" ;;
      esac ;;
    esac
    letters=\${letters#?}
  done
  [ -z "$usages" ] || stat -f -c '${STAT_FORMAT}' -- $usages
  printf '%s end %s\n' "$TOKEN" "$status"
done
`;

/** Takes the token, which is no argument because all users of a server see arguments, and becomes the reader. */
const STARTER = 'cd / && read -r TOKEN && export TOKEN && exec /bin/sh -c "$1" sh "$2"';

/** Characters by which shells differ from POSIX in quotes. The reader says them back before any other data is quoted. */
export const QUOTING_PROOF = `'\\'' "$HOME" \`id\` $(id) \\ \\\\ \\' !! !a * ~ # %s`;

/** The text by which the login shell becomes the reader, whose token is the first line of its standard input. */
export const READER_COMMAND = `exec /usr/bin/env -i LC_ALL=C /bin/sh -c ${shellWords([STARTER, "sh", READER, QUOTING_PROOF])}`;
