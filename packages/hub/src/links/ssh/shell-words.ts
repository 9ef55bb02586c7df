/**
 * An argument list as text of a POSIX shell, by which each argument arrives as it is, whatever is in it. The only place
 * where text for a shell is made of data. A login shell that reads quotes in another way (fish, csh) is found out before
 * by what the reader proves at its start (SS12), and is given none.
 */
export function shellWords(argv: readonly string[]): string {
  for (const argument of argv) if (argument.includes("\0")) throw new Error("an argument cannot hold a NUL");
  return argv.map((argument) => `'${argument.replaceAll("'", String.raw`'\''`)}'`).join(" ");
}

/** The text of a program for `sh` as it stands; a backslash keeps `${` from being JavaScript's. */
export const shellScript = (strings: TemplateStringsArray, ...values: readonly string[]): string =>
  String.raw(strings, ...values)
    .replaceAll("\\${", "${")
    .trim();
