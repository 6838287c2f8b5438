import { assert, assertEquals, assertGreater } from "@std/assert";
import { startNginx } from "./_nginx.ts";
import { startService } from "../../bench/start_service.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
/** Clients at work side by side, and texts that they ask for in turn. */
const NUM_CLIENTS = 12;
const NUM_SEEDS = 4;
/** Milliseconds before a replica is killed, and what each client asks behind that. */
const BEFORE_MS = 1500;
const NUM_BEHIND = 2;

interface Answer {
  readonly client: number;
  readonly beganMs: number;
  /** Null where there was none. */
  readonly text: string | null;
  readonly seed: number;
}

async function ask(
  port: number,
  { client, seed }: { readonly client: number; readonly seed: number },
): Promise<Answer> {
  const beganMs = performance.now();
  const answer = { client, seed, beganMs };
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        // What nginx tells clients apart by.
        authorization: `Bearer client-${client}`,
      },
      body: JSON.stringify({
        model: "stories260k",
        prompt: "Once upon a time",
        temperature: 0.8,
        max_tokens: 60,
        seed,
      }),
    });
    const body = await response.text();
    if (!response.ok) return { ...answer, text: null };
    return { ...answer, text: JSON.parse(body).choices[0].text };
  } catch {
    // The connection broke amid the answer.
    return { ...answer, text: null };
  }
}

Deno.test("of two replicas behind nginx, one that is killed takes only the answers with it that it was giving", async () => {
  const options = ["--max-running=16", "--max-queue=16"];
  const [left, right] = await Promise.all([
    startService(STORIES, options),
    startService(STORIES, options),
  ]);
  await using nginx = await startNginx([left.port, right.port]);
  const seeds = Array.from({ length: NUM_SEEDS }, (_, seed) => seed);
  const alone: (string | null)[] = [];
  for (const seed of seeds) {
    alone.push((await ask(left.port, { client: 0, seed })).text);
  }
  assert(alone.every((text) => text !== null && text.length > 20));
  const answers: Answer[] = [];
  let killedMs = Infinity;
  const clients = Array.from({ length: NUM_CLIENTS }, async (_, client) => {
    for (let turn = 0, behind = 0; behind < NUM_BEHIND; turn++) {
      const seed = (client + turn) % NUM_SEEDS;
      const answer = await ask(nginx.port, { client, seed });
      answers.push(answer);
      if (answer.beganMs > killedMs) behind++;
    }
  });
  await new Promise((resolve) => setTimeout(resolve, BEFORE_MS));
  killedMs = performance.now();
  await left.end("SIGKILL");
  await Promise.all(clients);
  await right.end("SIGTERM");
  const failed = answers.filter(({ text }) => text === null);
  assert(
    failed.every(({ beganMs }) => beganMs < killedMs),
    "whoever asks behind it is answered",
  );
  const losers = failed.map(({ client }) => client);
  assertEquals(new Set(losers).size, losers.length, "one answer of a client");
  assertGreater(losers.length, 0, "it was giving some");
  assert(losers.length < NUM_CLIENTS, "the other one was giving some, too");
  for (const { text, seed } of answers) {
    if (text !== null) assertEquals(text, alone[seed]);
  }
});
