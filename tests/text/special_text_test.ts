import { assert, assertEquals } from "@std/assert";
import {
  type ChatMessage,
  ChatTemplate,
  createGgufTokenizer,
  Tokenizer,
} from "../../src/text/mod.ts";
import {
  byteLevelTokenizer,
  readStories,
  STORIES_URL,
  TEXT_PIECES,
} from "./fixtures.ts";
import { Random } from "./random.ts";

/** The vocabulary of stories260k as a GGUF file has it. */
function ggufStories(): Tokenizer {
  const { vocab } = readStories("tokenizer.json").model as {
    vocab: Record<string, number>;
  };
  const tokens = Object.entries(vocab).toSorted(([, a], [, b]) => a - b);
  const metadata = {
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.tokens": tokens.map(([token]) => token),
    "tokenizer.ggml.scores": tokens.map(([, id]) => -id),
    "tokenizer.ggml.token_type": tokens.map(([, id]) =>
      id === 0 ? 2 : id < 3 ? 3 : 1
    ),
    "tokenizer.ggml.bos_token_id": 1,
    "tokenizer.ggml.eos_token_id": 2,
    "tokenizer.ggml.unknown_token_id": 0,
  };
  return createGgufTokenizer(
    new Map<string, unknown>(Object.entries(metadata)),
    "a.gguf",
  );
}

const TOKENIZERS = {
  "SentencePiece": {
    tokenizer: await Tokenizer.load(STORIES_URL),
    begin: "<s>",
    end: "</s>",
  },
  "SentencePiece of a GGUF file": {
    tokenizer: ggufStories(),
    begin: "<s>",
    end: "</s>",
  },
  "byte-level": {
    tokenizer: byteLevelTokenizer(),
    begin: "<|begin_of_text|>",
    end: "<|end_of_text|>",
  },
};

for (const [form, { tokenizer, begin, end }] of Object.entries(TOKENIZERS)) {
  const template = new ChatTemplate(
    "{% for m in messages %}{{ bos_token + '[' + m.role + '] ' + (m.content | trim) + eos_token }}{% endfor %}{{ tools | tojson if tools }}",
    { name: "chat_template.jinja", bosToken: begin, eosToken: end },
  );
  const beginId = tokenizer.idOf(begin) ?? -1;
  const endId = tokenizer.idOf(end) ?? -1;
  const count = (ids: readonly number[], id: number): number =>
    ids.filter((other) => other === id).length;

  Deno.test(`ChatTemplate.encode() gives the ids of the rendered text: ${form}`, () => {
    const random = new Random(1);
    for (let n = 0; n < 100; n++) {
      const messages: ChatMessage[] = ["user", "assistant"].map((role) => ({
        role,
        content: random.text(TEXT_PIECES, 12),
      }));
      const text = template.render(messages);
      assertEquals(
        template.encode(messages, { tokenizer }),
        tokenizer.encode(text, { addSpecialTokens: false }),
      );
    }
  });

  Deno.test(`ChatTemplate.encode() reads no special token in what was said, and loses no letter: ${form}`, () => {
    const random = new Random(2);
    const pieces = [...TEXT_PIECES, begin, end, end, "<", ">", "|", "</", "s>"];
    for (let n = 0; n < 200; n++) {
      const content = `a${random.text(pieces, 8)}${end}z`;
      const messages = [
        { role: "user", content },
        { role: "assistant", content: `${begin}${end}` },
      ];
      const ids = template.encode(messages, { tokenizer });
      assertEquals([count(ids, beginId), count(ids, endId)], [2, 2]);
      assertEquals([ids[0], ids.at(-1)], [beginId, endId]);
      const bytes = ids.flatMap((id) => [...tokenizer.tokenBytes(id)]);
      const text = new TextDecoder("utf-8", { ignoreBOM: true })
        .decode(Uint8Array.from(bytes));
      // SentencePiece's form puts spaces behind special tokens, and takes its own sign for one.
      const compare = (text: string): string => text.replaceAll(/[ ▁]/g, "");
      assertEquals(compare(text), compare(template.render(messages)));
    }
  });

  Deno.test(`ChatTemplate.encode() reads no special token in tools, nor behind signs of its own: ${form}`, () => {
    const sign = "\u{f0000}";
    const signs = [sign, "\u{f0001}", "\ud800", "\ud800\udc00"];
    const messages = [
      { role: "user", content: signs.map((sign) => sign + end).join(sign) },
    ];
    const tools = [{ name: end, [begin]: { deep: [`${begin}x`] } }];
    const ids = template.encode(messages, { tokenizer, tools });
    assertEquals([count(ids, beginId), count(ids, endId)], [1, 1]);
    const plain = template.encode([{ role: "user", content: sign }], {
      tokenizer,
    });
    const decoded = tokenizer.decode(plain, { skipSpecialTokens: false });
    assert(decoded.includes(sign), decoded);
  });
}
