import { Link } from "@tanstack/react-router";
import { ForeignText } from "../components/foreign-text.tsx";
import type { Probe } from "./probes-view.ts";

interface AboutLinkProps {
  readonly about: NonNullable<Probe["about"]>;
  readonly className?: string | undefined;
}

/** The server that a probe says something of, and the service where it is about one. What is gone is no link. */
export function AboutLink({ about: { serverId, name, service }, className = "" }: AboutLinkProps) {
  const server = (
    <Link to="/servers/$id" params={{ id: serverId }} className={className}>
      <ForeignText text={name} />
    </Link>
  );
  if (service === null) return server;
  return (
    <>
      {service.id === null ? (
        <span className="soft">
          <ForeignText text={service.name} />
        </span>
      ) : (
        <Link to="/services/$id" params={{ id: service.id }} className={className} data-testid="about-service">
          <ForeignText text={service.name} />
        </Link>
      )}
      {" · "}
      {server}
    </>
  );
}
