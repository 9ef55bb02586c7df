import type { Logger } from "@muster/core";
import type { AgentFrame, WireFacts } from "@muster/protocol";
import type { PolicyReport } from "./open-session.ts";

export interface AnnouncementsDeps {
  readonly log: Logger;
  readonly policy: () => Promise<PolicyReport>;
  readonly facts: () => Promise<WireFacts>;
  readonly send: (frame: AgentFrame) => void;
}

/** What the hub was told in this session of the machine and its policy; told again only when it is something else. */
export class Announcements {
  readonly #deps: AnnouncementsDeps;
  #policyText: string;
  #factsText = "";

  /** @param toldPolicy what the hub knows from the proof */
  constructor(toldPolicy: PolicyReport, deps: AnnouncementsDeps) {
    this.#deps = deps;
    this.#policyText = JSON.stringify(toldPolicy);
  }

  async tellPolicy(): Promise<void> {
    const { policyHash, policySummary } = await this.#deps.policy();
    const text = JSON.stringify({ policyHash, policySummary });
    if (text === this.#policyText) return;
    this.#policyText = text;
    this.#deps.log.info("the policy file has changed", { state: policySummary.state, why: policySummary.why });
    this.#deps.send({ t: "policy", policyHash, policySummary });
  }

  async tellFacts(): Promise<void> {
    try {
      const facts = await this.#deps.facts();
      const text = JSON.stringify(facts);
      if (text === this.#factsText) return;
      this.#factsText = text;
      this.#deps.send({ t: "facts", facts });
    } catch (error) {
      this.#deps.log.warn("the machine's facts cannot be read", { error });
    }
  }
}
