const UNIT_NAME = /^[A-Za-z0-9:_.@\\-]+\.(?:service|timer|socket|target|mount|path|slice|scope)$/;
const UNIT_NAME_CHARACTERS_MAX = 255;

/** Whether text is the full name of one systemd unit: nothing that systemctl would read as a pattern, option or path. */
export const isUnitName = (text: string): boolean =>
  text.length <= UNIT_NAME_CHARACTERS_MAX &&
  UNIT_NAME.test(text) &&
  !text.startsWith("-") &&
  !text.startsWith(".") &&
  !text.includes("..");

/**
 * The unit of root's own that does what a policy grants an agent who is an ordinary user: polkit cannot limit enabling
 * and disabling to one unit, but it can limit starting to one. `muster agent grant` writes it; a driver that is denied
 * `systemctl enable` starts it instead. One name for each pair of verb and unit; undefined when it would be too long.
 */
export function grantUnitName(verb: "enable" | "disable", unit: string): string | undefined {
  const escaped = unit.replace(/[^A-Za-z0-9:_.-]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`);
  const name = `muster-${verb}-${escaped}.service`;
  return isUnitName(unit) && isUnitName(name) ? name : undefined;
}
