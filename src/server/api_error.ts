/** Kinds of errors that a client can tell apart, as the OpenAI API names them. */
export type ApiErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "rate_limit_error"
  | "server_error";

/** What an {@linkcode ApiError} says besides its message. */
export interface ApiErrorArgs {
  /** HTTP status. */
  readonly status: number;
  /** Kind. Default: `invalid_request_error`. */
  readonly type?: ApiErrorType;
  /** The field at fault, such as `messages[0].role`. Default: none. */
  readonly param?: string | null;
  /** What programs go by. */
  readonly code: string;
  /** Headers of the response besides. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error that is the answer to a request. */
export class ApiError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Kind. */
  readonly type: ApiErrorType;
  /** The field at fault, or null. */
  readonly param: string | null;
  /** What programs go by. */
  readonly code: string;
  /** Headers of the response besides. */
  readonly headers: Readonly<Record<string, string>>;

  /**
   * Makes an error.
   *
   * @param message What was expected, and what was found.
   * @param args Status and code.
   */
  constructor(message: string, args: ApiErrorArgs) {
    super(message);
    this.name = "ApiError";
    this.status = args.status;
    this.type = args.type ?? "invalid_request_error";
    this.param = args.param ?? null;
    this.code = args.code;
    this.headers = args.headers ?? {};
  }

  /** Whether whoever runs the service should know: it could not do what it should have. */
  get isOwnFault(): boolean {
    return this.code === "internal_error" || this.code === "device_failed";
  }

  /** The body of the answer. */
  toJSON(): { readonly error: Readonly<Record<string, string | null>> } {
    const { message, type, param, code } = this;
    return { error: { message, type, param, code } };
  }

  /** The answer. */
  toResponse(): Response {
    const { status, headers } = this;
    return Response.json(this, { status, headers });
  }
}
