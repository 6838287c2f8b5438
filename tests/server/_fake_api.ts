import { readPageFile } from "../../src/server/page_files.ts";

/** A token that the fake model says. */
export interface FakeToken {
  readonly text: string;
  readonly drafted: boolean;
}

/** How one question is answered. */
export interface FakeAnswer {
  /** What the model says. */
  readonly tokens: readonly FakeToken[];
  /** Awaited before the token of this index is sent. */
  readonly gate?: { readonly before: number; readonly opened: Promise<void> };
  /** Ends the stream without its end mark, or with an error. */
  readonly breaksWith?: "nothing" | "error";
  /** Why it ends. Default: `stop`. */
  readonly ending?: string;
}

/** What the page sends, of which tests look at some fields by name. */
export interface FakeBody extends Readonly<Record<string, unknown>> {
  readonly messages: readonly {
    readonly role: string;
    readonly content: string;
  }[];
  readonly seed: number;
}

/** A question as it came. */
export interface FakeRequest {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: FakeBody | null;
}

/** Splits a text into words as tokens; those between braces are drafted. */
export function say(text: string): readonly FakeToken[] {
  let drafted = false;
  return text.split(/([{}])|(?= )/).flatMap((part) => {
    if (part === "{" || part === "}") drafted = part === "{";
    return part === undefined || /^[{}]?$/.test(part)
      ? []
      : [{ text: part, drafted }];
  });
}

/** The service's interface without a model behind it: says what it is told to. */
export class FakeApi implements AsyncDisposable {
  readonly requests: FakeRequest[] = [];
  /** The next answers, or responses to send instead. */
  readonly answers: (FakeAnswer | Response)[] = [];
  /** Nodes of the next trees, or a response to send instead. */
  tree: readonly unknown[] | Response = TREE;
  /** Key that requests must have. */
  key: string | null = null;
  /** Answers that their client left before their end. */
  numLeft = 0;
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => this.#answer(request),
  );

  /** Address of the page. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** What came to a path. */
  requestsTo(path: string): readonly FakeRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const path = new URL(request.url).pathname;
    const file = await readPageFile(path, {
      ifNoneMatch: request.headers.get("if-none-match"),
    });
    if (file !== null) return file;
    const authorization = request.headers.get("authorization");
    const body: FakeBody | null = request.body && await request.json();
    this.requests.push({ path, authorization, body });
    if (this.key !== null && authorization !== `Bearer ${this.key}`) {
      return failWith(401, "Incorrect API key");
    }
    switch (path) {
      case "/v1/models":
        return Response.json({ data: [{ id: "tiny" }, { id: "other" }] });
      case "/v1/draft_tree":
        return this.tree instanceof Response
          ? this.tree
          : Response.json({ nodes: this.tree, committed: COMMITTED });
      case "/v1/chat/completions": {
        const answer = this.answers.shift() ?? { tokens: say("Yes.") };
        return answer instanceof Response ? answer : this.#stream(answer);
      }
    }
    return failWith(404, "No such path");
  }

  #stream(answer: FakeAnswer): Response {
    const events = writeEvents(answer);
    const body = new ReadableStream<string>({
      pull: async (controller) => {
        const { done, value } = await events.next();
        if (done) controller.close();
        else controller.enqueue(`data: ${value}\n\n`);
      },
      cancel: () => {
        this.numLeft++;
      },
    });
    return new Response(body.pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream" },
    });
  }
}

/** An answer that says why there is none. */
export function failWith(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const error = { message, type: "invalid_request_error", code: null };
  return Response.json({ error }, { status, headers });
}

async function* writeEvents(answer: FakeAnswer): AsyncGenerator<string> {
  const { tokens, gate, breaksWith, ending = "stop" } = answer;
  for (const [index, token] of tokens.entries()) {
    if (index === gate?.before) await gate.opened;
    yield JSON.stringify({
      choices: [{ index: 0, delta: { content: token.text } }],
      jakiro: {
        tokens: [token],
        tokens_per_round: 2.5,
        tokens_per_second: 40 + index,
      },
    });
  }
  if (breaksWith === "nothing") return;
  if (breaksWith === "error") {
    yield JSON.stringify({ error: { message: "the device was lost" } });
    return;
  }
  yield JSON.stringify({
    choices: [{ index: 0, delta: {}, finish_reason: ending }],
  });
  yield "[DONE]";
}

function node(
  id: number,
  parent: number | null,
  rest: { text: string; score: number; accepted?: boolean },
): unknown {
  const { accepted = false } = rest;
  const branch = parent === null ? null : "mixture";
  return { id, parent, token: id, level: 0, branch, ...rest, accepted };
}

const TREE = [
  node(0, null, { text: "Once", score: 0 }),
  node(1, 0, { text: " upon", score: -0.1, accepted: true }),
  node(2, 0, { text: " there", score: -2.4 }),
  node(3, 1, { text: " a", score: -0.2, accepted: true }),
  node(4, 1, { text: " the", score: -3.2 }),
  node(5, 2, { text: " was", score: -2.5 }),
  node(6, 3, { text: " time", score: -0.3, accepted: true }),
  node(7, 3, { text: " hill", score: -4 }),
  node(8, 6, { text: ",", score: -0.7 }),
  node(9, 6, { text: "\n", score: -2 }),
];
const COMMITTED = [" upon", " a", " time", " there"].map((text) => ({ text }));
