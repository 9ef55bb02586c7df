/** What one call needs besides its route. */
export interface CallInput {
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
  /** The same key on a repeated request lets it have one effect. */
  readonly idempotencyKey?: string | undefined;
}

export interface BuiltRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Turns a route's key such as `PATCH /api/v1/users/{id}` and its input into a request. Undefined parts of a query are left out. */
export function buildRequest(route: string, input: CallInput, csrf: string | undefined): BuiltRequest {
  const space = route.indexOf(" ");
  const method = route.slice(0, space);
  const path = route.slice(space + 1).replaceAll(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = input.params?.[name];
    if (value === undefined) throw new TypeError(`${route} needs the parameter ${name}`);
    return encodeURIComponent(String(value));
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const search = query.toString();
  const headers: Record<string, string> = { accept: "application/json" };
  if (input.body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && csrf !== undefined) headers["x-muster-csrf"] = csrf;
  if (input.idempotencyKey !== undefined) headers["idempotency-key"] = input.idempotencyKey;
  return {
    method,
    url: search === "" ? path : `${path}?${search}`,
    headers,
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
  };
}
