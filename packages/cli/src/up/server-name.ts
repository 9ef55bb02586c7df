const NOT_ALLOWED = /[^\p{L}\p{N} ._-]+/gu;
const NAME_CHARACTERS_MAX = 64;

/** The machine's own name in a form that servers may have; "this-machine" when nothing of it is left. */
export function serverNameFrom(hostName: string): string {
  const name = hostName
    .replaceAll(NOT_ALLOWED, "-")
    .slice(0, NAME_CHARACTERS_MAX)
    .replace(/^[^\p{L}\p{N}]+/u, "")
    .replace(/[^\p{L}\p{N}]+$/u, "");
  return name === "" ? "this-machine" : name;
}
