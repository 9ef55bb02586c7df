/** Kinds of units that can be shown and acted on. Slices and scopes only group what runs. */
export type UnitKind = "service" | "timer" | "socket" | "mount" | "path" | "target";

/**
 * No `*`, `?`, `[`: systemctl expands patterns by itself. No leading `-`: it would read as an option somewhere. No
 * leading `.`: systemd passes over such files.
 */
const UNIT_NAME = /^[A-Za-z0-9:_\\@][A-Za-z0-9:_.\\@-]*\.(service|timer|socket|mount|path|target)$/;
const UNIT_NAME_BYTES_MAX = 255;
const USER_NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;

/** The kind that a unit's name says, or undefined when it can be no name of a unit. */
export function unitKindOf(name: string): UnitKind | undefined {
  if (name.length > UNIT_NAME_BYTES_MAX || name.includes("..")) return undefined;
  return UNIT_NAME.exec(name)?.[1] as UnitKind | undefined;
}

/** Whether text is the full name of one systemd unit of a kind that can be acted on. */
export const isUnitName = (text: string): boolean => unitKindOf(text) !== undefined;

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

/** A user's unit, `anna:app.service`; a unit's own name may hold colons, so the first one parts them. */
export function parseUserUnit(name: string): { readonly user: string; readonly unit: string } | undefined {
  const colon = name.indexOf(":");
  const [user, unit] = [name.slice(0, Math.max(colon, 0)), name.slice(colon + 1)];
  return USER_NAME.test(user) && unitKindOf(unit) !== undefined ? { user, unit } : undefined;
}

/**
 * Units whose start ends or halts the whole machine. Muster has `server.reboot` for that, which the policy names apart:
 * a permission for services must never be one.
 */
const POWER =
  /^(?:(?:systemd-)?(?:reboot|poweroff|halt|kexec|soft-reboot|suspend|hibernate|hybrid-sleep|suspend-then-hibernate)|exit|shutdown|final|umount|sleep|ctrl-alt-del|emergency|rescue|runlevel[0-6]|default|initrd.*|systemd-exit)\.(?:target|service)$/;

export const isPowerUnit = (name: string): boolean => POWER.test(name);
