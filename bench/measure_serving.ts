/** Measures a service under load from clients side by side. @module */

/** What clients ask, in turn. */
export interface ServingRequest {
  /** What the model is told. */
  readonly content: string;
  /** Seed of the noise. */
  readonly seed: number;
}

/** How a service is used. */
export interface ServingOptions {
  /** Clients side by side, each with one request at a time. */
  readonly numConnections: number;
  /** How long they begin requests. */
  readonly seconds: number;
  readonly requests: readonly ServingRequest[];
  /** Most tokens of an answer. */
  readonly maxTokens: number;
  /** Gives the memory of the service's process, in bytes. */
  readonly readMemory: () => Promise<number>;
}

/** What was measured. */
export interface ServingMeasurement {
  /** Answers that were whole and as the service gives them to a client alone. */
  readonly numRight: number;
  /** Answers that were whole and different. */
  readonly numWrong: number;
  /** Requests that failed, by what they were answered with, or why they were not. */
  readonly failures: Readonly<Record<string, number>>;
  /** Milliseconds from a request to its first text, in ascending order. */
  readonly firstMs: readonly number[];
  /** Milliseconds between two pieces of text, in ascending order. */
  readonly betweenMs: readonly number[];
  /** Tokens a second, of all clients. */
  readonly tokensPerSecond: number;
  /** Bytes of the service's memory, once a second. */
  readonly memory: readonly number[];
}

/** One answer, as it came. */
interface Answer {
  readonly text: string;
  /** When pieces of text came. */
  readonly times: readonly number[];
  readonly numTokens: number;
  /** Null where it is whole. */
  readonly failure: string | null;
}

/**
 * Sends requests for a while, and compares each answer with the one that the service gave before to one client alone.
 *
 * @param origin Address of the service.
 * @param options How it is used.
 * @returns What was measured.
 */
export async function measureServing(
  origin: string,
  options: ServingOptions,
): Promise<ServingMeasurement> {
  const { numConnections, requests, seconds, readMemory } = options;
  const model = await modelOf(origin);
  const ask = (request: ServingRequest): Promise<Answer> =>
    complete(origin, request, { ...options, model });
  const alone: string[] = [];
  for (const request of requests) {
    const { text, failure } = await ask(request);
    if (failure !== null) {
      throw new Error(`Cannot measure the service as it answered ${failure}`);
    }
    alone.push(text);
  }
  const firstMs: number[] = [];
  const betweenMs: number[] = [];
  const failures: Record<string, number> = {};
  let [numRight, numWrong, numTokens] = [0, 0, 0];
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  const work = async (client: number): Promise<void> => {
    for (let turn = client; performance.now() < endMs; turn++) {
      const index = turn % requests.length;
      const request = requests[index];
      if (request === undefined) return;
      const beganMs = performance.now();
      const answer = await ask(request);
      numTokens += answer.numTokens;
      answer.times.forEach((time, piece) => {
        const before = answer.times[piece - 1];
        if (before === undefined) firstMs.push(time - beganMs);
        else betweenMs.push(time - before);
      });
      const { failure, text } = answer;
      if (failure !== null) failures[failure] = (failures[failure] ?? 0) + 1;
      else if (text === alone[index]) numRight++;
      else numWrong++;
    }
  };
  const memory: number[] = [];
  const watch = setInterval(async () => memory.push(await readMemory()), 1000);
  await Promise.all(Array.from({ length: numConnections }, (_, i) => work(i)));
  clearInterval(watch);
  return {
    numRight,
    numWrong,
    failures,
    firstMs: firstMs.toSorted((a, b) => a - b),
    betweenMs: betweenMs.toSorted((a, b) => a - b),
    tokensPerSecond: numTokens / (performance.now() - startMs) * 1000,
    memory,
  };
}

/** Name of the model that a service has. */
async function modelOf(origin: string): Promise<string> {
  const response = await fetch(`${origin}/v1/models`);
  return String((await response.json()).data[0].id);
}

async function complete(
  origin: string,
  { content, seed }: ServingRequest,
  { maxTokens, model }: ServingOptions & { readonly model: string },
): Promise<Answer> {
  const times: number[] = [];
  let [text, numTokens, failure]: [string, number, string | null] = [
    "",
    0,
    "an answer that breaks off",
  ];
  try {
    const response = await fetch(`${origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model,
        messages: [{ role: "user", content }],
        temperature: 0.7,
        max_tokens: maxTokens,
        seed,
        stream: true,
        stream_options: { include_usage: true },
      }),
    });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      return { text, times, numTokens, failure: String(response.status) };
    }
    for await (const data of readEvents(response.body)) {
      if (data === "[DONE]") {
        failure = null;
        break;
      }
      const event = JSON.parse(data);
      if (event.error) failure = String(event.error.message);
      const piece = event.choices?.[0]?.delta?.content ?? "";
      if (piece !== "") times.push(performance.now());
      text += piece;
      numTokens = event.usage?.completion_tokens ?? numTokens;
    }
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  return { text, times, numTokens, failure };
}

/** Gives the data of server-sent events. */
async function* readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + text).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      if (event.startsWith("data: ")) yield event.slice(6);
    }
  }
}

/**
 * Sends more requests at once than a service takes.
 *
 * @param origin Address of the service.
 * @param numRequests How many.
 * @returns How often each status was answered, and how many of those with 429 said when to come again.
 */
export async function overload(
  origin: string,
  numRequests: number,
): Promise<
  { readonly statuses: Readonly<Record<number, number>>; numTold: number }
> {
  const statuses: Record<number, number> = {};
  let numTold = 0;
  const model = await modelOf(origin);
  await Promise.all(Array.from({ length: numRequests }, async (_, seed) => {
    const response = await fetch(`${origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model,
        messages: [{ role: "user", content: "Tell me a story." }],
        max_tokens: 40,
        seed,
      }),
    });
    await response.body?.cancel();
    statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    if (response.status !== 429) return;
    if (Number(response.headers.get("retry-after")) > 0) numTold++;
  }));
  return { statuses, numTold };
}

/**
 * Asks the system how much memory a process holds.
 *
 * @param pid Its id.
 * @returns Bytes.
 */
export async function processMemory(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "rss=", "-p", String(pid)],
  }).output();
  return Number(new TextDecoder().decode(stdout)) * 1024;
}
