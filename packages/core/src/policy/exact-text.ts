/** What may stand in a policy: text that means itself alone, to a shell, to systemctl, to a glob and to a path. */

const NAME = /^[A-Za-z0-9_@:.\\-]{1,255}$/;
const ABSOLUTE_PATH = /^\/[A-Za-z0-9_@.+-]+(?:\/[A-Za-z0-9_@.+-]+)*$/;
const PATH_CHARACTERS_MAX = 1_024;

/** Exact names only: what a shell, systemctl or a glob library would read as a pattern or an option is refused. */
export const isExactName = (text: string): boolean => NAME.test(text) && !text.startsWith("-") && !text.includes("..");

export const isPlainPath = (text: string): boolean =>
  text.length <= PATH_CHARACTERS_MAX && ABSOLUTE_PATH.test(text) && !text.split("/").includes("..");

/** One value that a named command may be given. */
export const isPlainValue = (text: string): boolean =>
  /^[A-Za-z0-9_.,:=@/+-]{1,255}$/.test(text) && !text.startsWith("-");

/** One argument of a program that root wrote whole: it means what the program takes it for, and no shell ever sees it. */
export const isProgramArgument = (text: string): boolean => text.length <= 1_024 && !/\p{Cc}/u.test(text);
