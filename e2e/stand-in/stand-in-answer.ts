/** What a part of the stand-in answers to a request. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export const ok = (value: unknown, status = 200): Answer => ({ status, body: value });

/** A refusal as the hub sends it; fields by their path in the body. */
export const refusal = (status: number, code: string, fields: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  body: {
    error: {
      ...{ code, message: "refused", requestId: "-" },
      ...(Object.keys(fields).length > 0 && {
        fields: Object.fromEntries(Object.entries(fields).map(([path, why]) => [`body.${path}`, why])),
      }),
    },
  },
});

export const missing = (): Answer => refusal(404, "NOT_FOUND");
/** What is named somewhere and is not there. */
export const lacking = (path: string, why: string): Answer => refusal(404, "NOT_FOUND", { [path]: why });
export const wrong = (fields: Readonly<Record<string, string>>): Answer => refusal(400, "BAD_REQUEST", fields);
/** A name that something else has. */
export const taken = (): Answer => refusal(409, "CONFLICT", { name: "is taken" });
