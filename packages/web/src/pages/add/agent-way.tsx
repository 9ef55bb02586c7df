import { useState } from "react";
import { Segments } from "../../components/segments.tsx";
import { useLinkTexts } from "../../links/use-link-texts.ts";
import { CallingAgent } from "./calling-agent.tsx";
import { DialledAgent } from "./dialled-agent.tsx";

/** A server with an agent: which of the two calls the other is what the network between them lets through. */
export function AgentWay() {
  const say = useLinkTexts();
  const [caller, setCaller] = useState<"agent" | "hub">("agent");
  return (
    <>
      <div>
        <Segments
          label={say("dial.caller")}
          value={caller}
          options={(["agent", "hub"] as const).map((value) => ({ value, label: say(`dial.caller_${value}`) }))}
          onChange={setCaller}
          testId="agent-caller"
        />
      </div>
      {caller === "agent" ? <CallingAgent /> : <DialledAgent />}
    </>
  );
}
