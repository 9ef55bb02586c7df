import { mkdirSync, writeFileSync } from "node:fs";
import { isMusterError } from "@muster/core";
import { temporaryDirectory } from "@muster/testkit";
import { describe, expect, test } from "vitest";
import { flagOf, loadConfig, variableOf } from "./load-config.ts";
import type { LoadedConfig } from "./load-config.ts";
import { SETTINGS } from "./settings.ts";

const load = (argv: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): LoadedConfig =>
  loadConfig({ argv, environment, isRoot: false, homeDirectory: "/home/anna" });

function problems(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  try {
    load(argv, environment);
  } catch (error) {
    if (isMusterError(error, "CONFIG_INVALID")) return error.details.fields ?? {};
    throw error;
  }
  return {};
}

async function withFile<T>(text: string, work: (path: string) => T): Promise<T> {
  await using directory = await temporaryDirectory("config");
  writeFileSync(directory.file("muster.yaml"), text);
  return work(directory.file("muster.yaml"));
}

describe("places", () => {
  test("nothing given: defaults, under the user's home or for root in the system", () => {
    const { config, origins } = load();
    expect(config).toMatchObject({
      dataDir: "/home/anna/.local/share/muster",
      kekFile: "/home/anna/.config/muster/kek",
      listen: "127.0.0.1:8765",
      publicUrl: [],
      plainHttp: false,
    });
    expect(new Set(Object.values(origins))).toEqual(new Set(["default"]));
    const root = loadConfig({ argv: [], environment: {}, isRoot: true, homeDirectory: "/root" }).config;
    expect([root.dataDir, root.kekFile]).toEqual(["/var/lib/muster", "/etc/muster/kek"]);
  });

  test("a flag wins over the environment, the environment over the file", async () => {
    const text = "intervalMs: 1000\nretentionDays: 1\nlogLevel: warn\n";
    await withFile(text, (path) => {
      const { config, origins } = load(["--config", path, "--interval-ms", "3000"], {
        MUSTER_INTERVAL_MS: "2000",
        MUSTER_RETENTION_DAYS: "2",
      });
      expect(config).toMatchObject({ intervalMs: 3_000, retentionDays: 2, logLevel: "warn", logFormat: "json" });
      expect(origins).toMatchObject({
        intervalMs: "flag",
        retentionDays: "environment",
        logLevel: "file",
        logFormat: "default",
      });
    });
  });

  test("the file can be named by the environment, and a flag names it better", async () => {
    await withFile("logLevel: warn", (path) => {
      expect(load([], { MUSTER_CONFIG: path })).toMatchObject({ config: { logLevel: "warn" }, configFile: path });
      expect(load(["--config", path], { MUSTER_CONFIG: "/nowhere" }).config.logLevel).toBe("warn");
    });
  });

  test("every setting has a flag and a variable of its own", () => {
    const names = Object.keys(SETTINGS);
    expect(new Set(names.map(flagOf)).size).toBe(names.length);
    expect(new Set(names.map(variableOf)).size).toBe(names.length);
    expect([flagOf("tlsCertFile"), variableOf("tlsCertFile")]).toEqual(["--tls-cert-file", "MUSTER_TLS_CERT_FILE"]);
  });

  test.for([
    [["--plain-http"], true],
    [["--plain-http=true"], true],
    [["--plain-http=false"], false],
    [[], false],
  ] as const)("the switch %j means %s", ([argv, on]) => {
    expect(load(argv).config.plainHttp).toBe(on);
  });

  test("lists come as text or as a list", async () => {
    const both = ["https://a.example", "https://b.example:8443"];
    expect(load(["--public-url", "https://a.example, https://b.example:8443"]).config.publicUrl).toEqual(both);
    await withFile(`publicUrl:\n  - ${both[0]}\n  - ${both[1]}\n`, (path) => {
      expect(load(["--config", path]).config.publicUrl).toEqual(both);
    });
  });
});

describe("problems", () => {
  test("all of them at once, each where the user wrote it", async () => {
    await withFile("intervalMs: soon\nretentoinDays: 5\npublicUrl: [https://a.example/path]\n", (path) => {
      expect(
        problems(["--config", path, "--listen", "nowhere", "--colour", "red", "stray"], {
          MUSTER_LOG_LEVEL: "loud",
          MUSTER_DATADIR: "/x",
        }),
      ).toEqual({
        "--colour": "is not a setting",
        stray: "is not a flag; flags look like --listen 127.0.0.1:8765",
        [`${path}: retentoinDays`]: "is not a setting; did you mean retentionDays?",
        MUSTER_DATADIR: "is not a setting; did you mean MUSTER_DATA_DIR?",
        "--listen": "must be host:port, such as 127.0.0.1:8765",
        [`${path}: publicUrl[0]`]: "must be an address such as https://muster.example.org, without a path",
        MUSTER_LOG_LEVEL: expect.stringContaining("expected one of"),
        [`${path}: intervalMs`]: "must be a whole number",
      });
    });
  });

  test.for([
    ["a: [1", /:1:/],
    ["- a\n- b", /^$/],
    ["logLevel: info\nlogLevel: warn", /:2:1$/],
    ["just text", /^$/],
  ] as const)("a file that is no map of settings says where: %s", async ([text, place]) => {
    await withFile(text, (path) => {
      const found = Object.keys(problems(["--config", path]));
      expect(found.length).toBeGreaterThan(0);
      expect(found[0]!.slice(path.length)).toMatch(place);
    });
  });

  test("an alias bomb in the file is refused, not unfolded", async () => {
    const lines = [
      "a: &a [x,x,x,x,x,x,x,x,x]",
      ...["b", "c", "d", "e", "f", "g", "h"].map(
        (name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefg"[index]}`).join(",")}]`,
      ),
    ];
    await withFile(lines.join("\n"), (path) => {
      expect(Object.keys(problems(["--config", path])).length).toBeGreaterThan(0);
    });
  });

  test("a file that cannot be read says why", async () => {
    await using directory = await temporaryDirectory("config");
    mkdirSync(directory.file("directory"));
    expect(problems(["--config", directory.file("none")])).toEqual({
      [directory.file("none")]: "cannot be read (ENOENT)",
    });
    expect(problems(["--config", directory.file("directory")])).toEqual({
      [directory.file("directory")]: "cannot be read (EISDIR)",
    });
  });

  test.for([
    ["intervalMs", ["0", "999", "600001", "1.5", "1e3", "-5000", "0x1000", " 5000", "", "true", "five"]],
    ["retentionDays", ["0", "3651", "NaN", "Infinity"]],
    ["minutesRetentionDays", ["0", "36501", "0.5"]],
    ["hoursRetentionDays", ["0", "36501", "-1"]],
    ["metricsBytesMax", ["0", "67108863", "64MiB", "9007199254740992"]],
    ["listen", ["8765", "host", ":", "host:", "host:99999", "http://host:1", "a b:1", "[::1]", "::1:80"]],
    [
      "publicUrl",
      [
        "muster.example.org",
        "ftp://a.example",
        "https://a.example/x",
        "https://a.example?x",
        "https://u@a.example",
        "https://:p@a.example",
        "https://a'b.example",
        "https://a$(x).example",
        "https://a;b.example",
      ],
    ],
    ["trustedProxies", ["nobody", "999.1.1.1", "10.0.0.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0", "*"]],
    ["adminUser", ["Root Admin", "", "a\nb", "-"]],
    ["plainHttp", ["yes", "on", "2"]],
    ["logFormat", ["xml", ""]],
    ["dataDir", [""]],
  ] as const)("%s refuses what it is not", ([name, values]) => {
    const others = name === "adminUser" ? ["--admin-password-file", "/x"] : [];
    for (const value of values)
      expect([value, Object.keys(problems([`${flagOf(name)}=${value}`, ...others]))]).toEqual([
        value,
        [expect.stringContaining(flagOf(name))],
      ]);
  });

  test.for([
    "intervalMs: true",
    "intervalMs: [5000]",
    "intervalMs: null",
    "retentionDays: 1.5",
    "plainHttp: 1",
    "listen: 8765",
    "trustedProxies: 5",
  ])("YAML turns no value into another kind: %s", async (text) => {
    await withFile(text, (path) => expect(Object.keys(problems(["--config", path]))).toHaveLength(1));
  });

  test("what belongs together is asked for together", () => {
    expect(problems(["--tls-cert-file", "/c"])).toEqual({ tlsCertFile: "tlsCertFile and tlsKeyFile go together" });
    expect(problems(["--admin-user", "anna"])).toEqual({ adminUser: "adminUser and adminPasswordFile go together" });
    expect(problems(["--listen", "0.0.0.0:1"])).toEqual({
      publicUrl: expect.stringContaining("is needed when listening off loopback"),
    });
    expect(problems(["--listen", ":1"])).toEqual({ publicUrl: expect.stringContaining("all addresses") });
    expect(problems(["--plain-http", "--tls-cert-file", "/c", "--tls-key-file", "/k"])).toEqual({
      plainHttp: "plainHttp and tlsCertFile exclude each other",
    });
    for (const host of ["127.0.0.1", "127.9.9.9", "localhost", "[::1]"])
      expect(problems(["--listen", `${host}:1`])).toEqual({});
  });

  test("variables of other parts of Muster are theirs", () => {
    expect(
      problems([], { MUSTER_URL: "x", MUSTER_TOKEN: "x", MUSTER_AGENT_STATE: "x", PATH: "x", MUSTARD: "x" }),
    ).toEqual({});
  });

  test("a flag without its value says so", () => {
    expect(problems(["--listen"])).toEqual({ "--listen": "needs a value" });
  });
});
