import { defineConfig } from "vitest/config";

const setupFiles = ["packages/testkit/src/leak-setup.ts"];

/** Tests that measure times or hold something to a pace, which a neighbour on the same two cores would spoil. */
const measuring = [
  "e2e/lab-fleet.test.ts",
  "e2e/ssh-fleet.test.ts",
  "e2e/logs-journal.test.ts",
  "e2e/faults/hub-away.test.ts",
  "e2e/browser/history.test.ts",
  "e2e/browser/logs.test.ts",
  "e2e/browser/panel.test.ts",
];

/** Unit tests are quick and pure, integration tests use real files and sockets, e2e tests real hosts and a browser. */
export default defineConfig({
  test: {
    pool: "forks",
    // Where the processor has protection keys, V8 of Node 24 now and then loses count of pages of code when threads come and
    // go (`Check failed: jit_page.has_value()`, nodejs/node#64500), and a whole file of tests goes with its process.
    execArgv: ["--no-memory-protection-keys"],
    passWithNoTests: true,
    globalSetup: ["packages/testkit/src/run-setup.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts"],
          setupFiles,
          env: { MUSTER_LEAK_SCOPE: "test" },
          maxWorkers: 2,
          // A process for each of two hundred files would take longer than their tests; they leave nothing behind.
          isolate: false,
          testTimeout: 10_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "integration",
          include: ["packages/*/test/**/*.test.ts"],
          setupFiles,
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          exclude: measuring,
          setupFiles,
          // Hosts mostly wait and browsers mostly compute; each lab has a network and processes of its own.
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "e2e-alone",
          include: measuring,
          setupFiles,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
