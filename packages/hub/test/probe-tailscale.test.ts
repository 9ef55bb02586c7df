import { FastClock, TailscaleStandIn, temporaryDirectory, waitFor } from "@muster/testkit";
import { expect, test } from "vitest";
import { createTailscaleProbe } from "../src/probes/tailscale/tailscale-probe.ts";

const SETTINGS = { peersMustBeOnline: [], mustBeDirect: false, warnDays: 0, failDays: 0 };

test("tailscaled is asked by its Unix socket, and its faults are told apart", async () => {
  await using directory = await temporaryDirectory("tailscale");
  const socketPath = directory.file("tailscaled.sock");
  const probe = createTailscaleProbe(SETTINGS, { clock: new FastClock(1) }, socketPath);
  const run = (ms = 5_000) => probe.run(AbortSignal.timeout(ms));
  expect(await run()).toMatchObject({ health: "unhealthy", detail: "tailscaled does not run on the hub's machine" });
  await using daemon = new TailscaleStandIn();
  await daemon.start(socketPath);
  expect(await run()).toMatchObject({ health: "healthy", detail: "3 of 4 peers online, version 1.84.0-t1" });
  expect(daemon.requests).toEqual(["GET local-tailscaled.sock /localapi/v0/status"]);
  const faults = [
    ["denied", "unknown", /^the hub may not speak to tailscaled: let its user in/],
    ["html", "unhealthy", /^a web page came/],
    ["endless", "unhealthy", /longer than 8 MiB/],
    ["drop", "unhealthy", /was cut/],
    ["hang", "unhealthy", /does not answer in time/],
  ] as const;
  for (const [fault, health, words] of faults) {
    daemon.fault = fault;
    const result = await run(fault === "hang" ? 100 : 5_000);
    expect({ fault, health: result.health, detail: result.detail }).toEqual({
      ...{ fault, health, detail: expect.stringMatching(words) as string },
    });
  }
  await waitFor(() => daemon.connections === 0, { describe: "no connection stays" });
});
