/** One line of /proc/PID/mountinfo, as proc_pid_mountinfo(5) describes it. */
export interface Mount {
  /** "major:minor" of the file system. */
  readonly device: string;
  /** The directory of the file system that forms the root of this mount. */
  readonly root: string;
  readonly mountPoint: string;
  readonly fileSystem: string;
  readonly source: string;
  /** The file system itself is read-only, not only this mount of it. */
  readonly isReadOnly: boolean;
  readonly superOptions: string;
}

/** The text of mountinfo, in its order; a line out of format is skipped. */
export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    const separator = line.indexOf(" - ");
    if (separator < 0) continue;
    const [, , device, root, mountPoint] = line.slice(0, separator).split(" ");
    const [fileSystem, source, superOptions] = line.slice(separator + 3).split(" ");
    if (!device || !root || !mountPoint?.startsWith("/") || !fileSystem || source === undefined) continue;
    mounts.push({
      device,
      root: unescapePath(root),
      mountPoint: unescapePath(mountPoint),
      fileSystem,
      source: unescapePath(source),
      isReadOnly: superOptions?.split(",").includes("ro") ?? false,
      superOptions: superOptions ?? "",
    });
  }
  return mounts;
}

/** Space, tab, newline, backslash and # are written as a backslash and three octal digits. */
export const unescapePath = (text: string): string =>
  text.includes("\\")
    ? text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    : text;
