import { assertEquals } from "@std/assert";
import type { Chunk, GenerateStatistics, Model } from "../../../mod.ts";
import { describeDialogues } from "../../../tools/samples/describe_dialogues.ts";
import { REQUESTS } from "../../../tools/samples/requests.ts";

const ROUNDS = {
  rounds: 1,
  tokensPerRound: 1,
  acceptedPerDepth: [],
  draftedTokens: 0,
  roundMs: null,
  idleShare: null,
} as const;

/** Answers with the roles that it was shown, and what was said last. */
const ECHO: Pick<Model, "chat"> = {
  async *chat(messages): AsyncGenerator<Chunk, GenerateStatistics> {
    const roles = messages.map(({ role }) => role[0]).join("");
    const text = `${roles}: ${messages.at(-1)?.content}\n*ok*`;
    yield await Promise.resolve({
      text,
      tokens: [],
      drafted: [],
      elapsedMs: 0,
      soFar: ROUNDS,
    });
    return {
      text,
      tokens: [],
      stop: messages.length === 1 ? "eos" : "context",
      seed: 0,
      promptTokens: 1,
      cachedTokens: 0,
      generatedTokens: 1,
      ...ROUNDS,
      prefillMs: 0,
      decodeMs: 0,
      tokensPerSecond: 0,
    };
  },
};

Deno.test("describeDialogues() shows every word, and how an answer ended", async () => {
  assertEquals(
    await describeDialogues([["Hi", "Bye"], ["A_b"]], { model: ECHO, seed: 1 }),
    [
      "**1.**",
      "> Hi",
      "u: Hi\\\n\\*ok\\*",
      "> Bye",
      "uau: Bye\\\n\\*ok\\* *(ended by context)*",
      "**2.**",
      "> A_b",
      "u: A\\_b\\\n\\*ok\\*",
    ].join("\n\n") + "\n",
  );
});

Deno.test("REQUESTS are twenty, some of several turns", () => {
  assertEquals(REQUESTS.length, 20);
  assertEquals(REQUESTS.filter((remarks) => remarks.length > 1).length, 9);
});
