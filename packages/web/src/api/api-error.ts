import type { ErrorCode } from "@muster/core";

/** What the hub answered instead of what was asked, or `HUB_UNREACHABLE` when it answered nothing. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ErrorCode;
  readonly status: number;
  /** What is wrong at which input, by the input's name; a way to a server is a part of its form like any other. */
  readonly fields: Readonly<Record<string, string>>;
  readonly requestId: string | undefined;

  constructor(answer: {
    readonly code: string;
    readonly message: string;
    readonly status: number;
    readonly fields?: Readonly<Record<string, string>> | undefined;
    readonly requestId?: string | undefined;
  }) {
    super(answer.message);
    this.code = answer.code as ErrorCode;
    this.status = answer.status;
    this.fields = Object.fromEntries(
      Object.entries(answer.fields ?? {}).map(([path, text]) => [
        path.replace(/^(?:body|query|params)\.(?:link\.)?/, ""),
        text,
      ]),
    );
    this.requestId = answer.requestId;
  }
}

interface ErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly fields?: Readonly<Record<string, string>>;
    readonly requestId: string;
  };
}

const isErrorBody = (body: unknown): body is ErrorBody =>
  typeof body === "object" &&
  body !== null &&
  "error" in body &&
  typeof body.error === "object" &&
  body.error !== null &&
  "code" in body.error &&
  "message" in body.error;

/** Makes the error of an answer that is not a success; something between us and the hub may have written the body. */
export async function errorOfAnswer(answer: Response): Promise<ApiError> {
  const body: unknown = await answer.json().catch(() => undefined);
  if (isErrorBody(body)) return new ApiError({ ...body.error, status: answer.status });
  return new ApiError({
    code: answer.status === 401 ? "UNAUTHENTICATED" : "INTERNAL",
    message: `${answer.status} ${answer.statusText}`.trim(),
    status: answer.status,
  });
}

export const isApiError = (error: unknown, code?: ErrorCode): error is ApiError =>
  error instanceof ApiError && (code === undefined || error.code === code);
