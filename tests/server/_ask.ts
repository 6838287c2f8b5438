/** A handler of requests. */
export type Handler = (request: Request) => Promise<Response>;

const ORIGIN = "http://localhost:8000";

/** Sends a handler a body of JSON. */
export async function post(
  handler: Handler,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return await handler(
    new Request(`${ORIGIN}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" || body instanceof Uint8Array
        ? body as BodyInit
        : JSON.stringify(body),
    }),
  );
}

/** Asks a handler for something. */
export async function get(
  handler: Handler,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  return await handler(new Request(`${ORIGIN}${path}`, init));
}

/** What an error of the OpenAI API says. */
export interface FoundError {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
}

/** Reads an error. */
export async function errorOf(response: Response): Promise<FoundError> {
  const { error } = await response.json();
  return { status: response.status, ...error };
}

/** Reads the events of a stream. */
export async function eventsOf(response: Response): Promise<unknown[]> {
  const text = await response.text();
  return text.split("\n\n").filter((event) => event !== "")
    .map((event) => event.replace(/^data: /, ""))
    .map((event) => event === "[DONE]" ? event : JSON.parse(event));
}
