import { describe, expect, test } from "vitest";
import { parseContainer } from "./docker/index.ts";
import { toldNeeds } from "./service-needs.ts";
import { bareStatus } from "./service.ts";
import type { DriverName, ServiceStatus } from "./service.ts";
import { parseShowOutput, unitOf, unitStatus } from "./systemd/index.ts";

const told = (id: string, driver: DriverName, name: string, more: Partial<ServiceStatus> = {}) => ({
  ...bareStatus({ driver, name }),
  id,
  ...more,
});
const links = (...services: readonly ReturnType<typeof told>[]): readonly string[] =>
  toldNeeds(services).map(({ from, to, source }) => `${from} ${to} ${source}`);

describe("[RO20] what services need as they tell it", () => {
  test("definitions, whichever driver runs them", () => {
    expect(
      links(told("a", "process", "api", { needs: ["db"] }), told("d", "tmux", "db"), told("x", "container", "db")),
    ).toEqual(["a d definition"]);
  });
  test("units, and not those that are not shown or only called alike", () => {
    const api = told("a", "systemd", "api.service", { needs: ["db.service", "gone.service"] });
    expect(links(api, told("d", "systemd", "db.service"), told("p", "process", "db.service"))).toEqual(["a d systemd"]);
  });
  test("services of one compose file, all replicas of them, and not those of another", () => {
    expect(
      links(
        told("a", "container", "shop-api-1", { group: "shop", alias: "api", needs: ["db"] }),
        told("b", "container", "shop-db-1", { group: "shop", alias: "db" }),
        told("c", "container", "shop-db-2", { group: "shop", alias: "db" }),
        told("d", "container", "blog-db-1", { group: "blog", alias: "db" }),
      ),
    ).toEqual(["a b compose", "a c compose"]);
  });
  test("none of itself", () => {
    expect(links(told("a", "process", "api", { needs: ["api"] }))).toEqual([]);
  });
});

test("[RO20] a unit needs the services that it pulls in and starts after", () => {
  const text = [
    "Id=api.service",
    "Requires=system.slice db.service sysinit.target",
    "Wants=cache.service metrics.service network-online.target",
    "After=db.service cache.service journald.service network-online.target",
  ].join("\n");
  const unit = unitOf(parseShowOutput(text)[0]!);
  expect(unitStatus(unit, { driver: "systemd", name: "api.service" }).needs).toEqual(["cache.service", "db.service"]);
  expect(unitStatus(unit, { driver: "systemd-user", name: "anna:api.service" }).needs).toEqual([
    "anna:cache.service",
    "anna:db.service",
  ]);
});

test("[RO20] a container's labels name its service and those it needs", () => {
  const labels = {
    "com.docker.compose.project": "shop",
    "com.docker.compose.service": "api",
    "com.docker.compose.depends_on": "db:service_healthy:false,cache:service_started:true",
  };
  const container = parseContainer({ Id: "a".repeat(64), Name: "/shop-api-1", Config: { Labels: labels } });
  expect(container?.status).toMatchObject({ group: "shop", alias: "api", needs: ["db", "cache"] });
  expect(parseContainer({ Id: "a".repeat(64), Name: "/x", Config: {} })?.status.needs).toBeUndefined();
});
