/** What servers without an agent need; ssh2 takes a tenth of a second to load, so it is loaded when there is one. */
export async function loadSsh() {
  const [{ connectSsh }, { SshHost }, { SshLine }] = await Promise.all([
    import("./connect-ssh.ts"),
    import("./ssh-host.ts"),
    import("./ssh-line.ts"),
  ]);
  return { connectSsh, SshHost, SshLine };
}
