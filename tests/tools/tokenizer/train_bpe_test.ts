import { assertEquals, assertThrows } from "@std/assert";
import { countWords } from "../../../tools/tokenizer/count_words.ts";
import { trainBpe } from "../../../tools/tokenizer/train_bpe.ts";
import { DIALOGUES, STORIES } from "../fixtures.ts";

/** The definition: all pairs counted anew for each merge. */
function trainPlainly(
  words: ReadonlyMap<string, number>,
  numMerges: number,
): number[][] {
  let rows = [...words].map(([word, count]) => ({
    tokens: [...new TextEncoder().encode(word)],
    count,
  }));
  return Array.from({ length: numMerges }, (_, index) => {
    const counts: Record<string, number> = {};
    for (const { tokens, count } of rows) {
      for (let right = 1; right < tokens.length; right++) {
        const key = `${tokens[right - 1]} ${tokens[right]}`;
        counts[key] = (counts[key] ?? 0) + count;
      }
    }
    const [pair] = Object.entries(counts)
      .map(([key, count]) => ({ count, pair: key.split(" ").map(Number) }))
      .sort((a, b) =>
        b.count - a.count || (a.pair[0] ?? 0) - (b.pair[0] ?? 0) ||
        (a.pair[1] ?? 0) - (b.pair[1] ?? 0)
      ).map(({ pair }) => pair);
    if (pair === undefined) throw new Error("no pairs are left");
    rows = rows.map(({ tokens, count }) => ({
      count,
      tokens: ` ${tokens.join(" | ")} `
        .replaceAll(` ${pair.join(" | ")} `, ` ${256 + index} `)
        .split("|").map(Number),
    }));
    return pair;
  });
}

Deno.test("trainBpe() learns what its definition says", () => {
  const words = countWords([
    ...STORIES,
    ...DIALOGUES.flatMap(({ messages }) =>
      messages.map(({ content }) => content)
    ),
    "aaaaaaa aaaa héé",
  ]);
  assertEquals(
    trainBpe(words, 170).map((pair) => [...pair]),
    trainPlainly(words, 170),
  );
});

Deno.test("trainBpe() takes the pair of the smallest ids of equally frequent ones", () => {
  assertEquals(trainBpe(new Map([["dc", 2], ["ba", 2], ["bc", 2]]), 3), [
    [98, 97],
    [98, 99],
    [100, 99],
  ]);
});

Deno.test("trainBpe() counts a pair that overlaps itself from the left", () => {
  assertEquals(trainBpe(new Map([["aaa", 1]]), 2), [[97, 97], [256, 97]]);
});

Deno.test("trainBpe() refuses more merges than there are", () => {
  assertThrows(
    () => trainBpe(new Map([["abc", 1]]), 3),
    RangeError,
    "must have 3 pairs to merge: found 2",
  );
});

Deno.test("countWords() leaves each digit alone, and contractions whole", () => {
  assertEquals(
    [...countWords(["Don't pay $1,234 at 6:30 pm"]).keys()],
    [..."Don|'t| pay| $|1|,|2|3|4| at| 6|:|0| pm".split("|")],
  );
  assertEquals(countWords(["a b", "a b b"]).get(" b"), 3);
});
