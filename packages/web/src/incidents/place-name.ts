import type { PlaceView } from "@muster/protocol";
import type { SayAlerts } from "./use-alert-texts.ts";

/** What something that others stand behind is called. */
export const placeName = ({ is, name }: PlaceView, say: SayAlerts): string => (is === "hub" ? say("hubNetwork") : name);
