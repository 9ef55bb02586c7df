/** What can be done about an incident from its message. */
export const INCIDENT_ACTS = ["acknowledge", "snooze", "chart", "logs", "restart"] as const;
export type IncidentAct = (typeof INCIDENT_ACTS)[number];
