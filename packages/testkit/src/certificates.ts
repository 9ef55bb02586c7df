import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { runProgram } from "./program.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** Paths of a certificate with what signed it between it and its authority, and of its key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

interface Issued {
  /** In milliseconds from now; an hour ago and in ten years unless told. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** One between the authority and others. */
  readonly isAuthority?: true;
  /** Who signs in place of the authority itself. */
  readonly by?: CertificateFiles;
}

/** An authority of a test's own, made by `openssl`. Ask `needs("openssl")`. */
export interface Authority extends AsyncDisposable {
  /** Its certificate, PEM. */
  readonly ca: string;
  /** `names`: as in a subjectAltName, such as `DNS:localhost` and `IP:127.0.0.1`. */
  issue(names: readonly string[], how?: Issued): Promise<CertificateFiles>;
  /** One that only itself has signed. */
  selfSigned(names: readonly string[]): Promise<CertificateFiles>;
}

const YEAR_MS = 365 * 86_400_000;

/** Makes one. */
export async function startAuthority(): Promise<Authority> {
  const directory = await temporaryDirectory("authority");
  const openssl = async (...args: readonly string[]): Promise<void> => {
    const { exitCode, stderr } = await runProgram(["openssl", ...args]);
    if (exitCode !== 0) throw new Error(`openssl ${args[0]} ended with ${exitCode}: ${stderr.slice(-500)}`);
  };
  const caKey = directory.file("ca.key");
  const caPath = directory.file("ca.pem");
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  await openssl(
    "req",
    "-x509",
    ...newKey,
    "-keyout",
    caKey,
    "-out",
    caPath,
    "-days",
    "3650",
    "-subj",
    "/CN=Test Authority",
  );
  await mkdir(directory.file("issued"));
  await writeFile(directory.file("index"), "");
  await writeFile(
    directory.file("ca.conf"),
    [
      "[ca]",
      "default_ca=own",
      "[own]",
      `database=${directory.file("index")}`,
      `new_certs_dir=${directory.file("issued")}`,
      "rand_serial=yes",
      "unique_subject=no",
      "default_md=sha256",
      "policy=any",
      "copy_extensions=copy",
      "[any]",
      "commonName=supplied",
    ].join("\n"),
  );
  let count = 0;
  const asked = (names: readonly string[]): { files: CertificateFiles; subject: readonly string[] } => {
    count++;
    return {
      files: { certificate: directory.file(`${count}.pem`), key: directory.file(`${count}.key`) },
      subject: ["-subj", `/CN=${names[0]?.replace(/^\w+:/, "")}`, "-addext", `subjectAltName=${names.join(",")}`],
    };
  };
  return {
    ca: await readFile(caPath, "utf8"),
    async issue(names, { fromMs = -3_600_000, untilMs = 10 * YEAR_MS, isAuthority, by } = {}) {
      const { files, subject } = asked(names);
      const request = `${files.certificate}.csr`;
      await openssl(
        "req",
        "-new",
        ...newKey,
        "-keyout",
        files.key,
        "-out",
        request,
        ...subject,
        ...(isAuthority ? ["-addext", "basicConstraints=critical,CA:TRUE"] : []),
      );
      const ca = [
        "-config",
        directory.file("ca.conf"),
        "-cert",
        by?.certificate ?? caPath,
        "-keyfile",
        by?.key ?? caKey,
      ];
      const times = ["-startdate", timeText(fromMs), "-enddate", timeText(untilMs)];
      await openssl("ca", "-batch", "-notext", ...ca, ...times, "-in", request, "-out", files.certificate);
      if (by !== undefined) await appendFile(files.certificate, await readFile(by.certificate));
      return files;
    },
    async selfSigned(names) {
      const { files, subject } = asked(names);
      await openssl(
        "req",
        "-x509",
        ...newKey,
        "-keyout",
        files.key,
        "-out",
        files.certificate,
        "-days",
        "300",
        ...subject,
      );
      return files;
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

/** `20261126120000Z` */
const timeText = (fromNowMs: number): string =>
  `${new Date(Date.now() + fromNowMs).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
