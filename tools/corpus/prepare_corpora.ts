import { Random } from "../random.ts";
import { SPECIAL_TOKENS } from "../tokenizer/chat_form.ts";
import { conversationEncoder } from "../tokenizer/conversation_encoder.ts";
import { countWords } from "../tokenizer/count_words.ts";
import {
  tokenizerFiles,
  type TokenizerFilesToWrite,
} from "../tokenizer/tokenizer_files.ts";
import { trainBpe } from "../tokenizer/train_bpe.ts";
import { addSystem } from "./add_system.ts";
import { composeDialogues } from "./compose_dialogues.ts";
import { composeSmallTalk } from "./compose_small_talk.ts";
import { composeStories } from "./compose_stories.ts";
import type { Conversation } from "./conversation.ts";
import { encodeFitting } from "./encode_fitting.ts";
import { splitHeldOut } from "./split_held_out.ts";

/** What a model is to be trained on. */
export interface Corpora {
  /** Dialogues with an assistant. */
  readonly dialogues: readonly Conversation[];
  /** Short stories. */
  readonly stories: readonly string[];
}

/** How corpora become conversations of token ids. */
export interface PrepareOptions {
  /** Tokens, special ones and bytes included. */
  readonly vocabSize: number;
  /** Most tokens of a conversation: longer ones lose their last exchanges. */
  readonly maxTokens: number;
  /** Times that each story is told, each time asked for in other words. */
  readonly storyPasses: number;
  /** Conversations about the model itself. */
  readonly numSmallTalks: number;
  /** Of all choices. */
  readonly seed: number;
}

/** Token ids of conversations, each begun by the begin token. */
export type Documents = ReadonlyArray<readonly number[]>;

/** What `pretrain` reads. */
export interface Prepared {
  /** The tokenizer. */
  readonly tokenizer: TokenizerFilesToWrite;
  /** To train on, as they were said. */
  readonly conversations: readonly Conversation[];
  /** To train on. */
  readonly train: Documents;
  /** Dialogues to measure with. */
  readonly heldOutDialogues: Documents;
  /** Stories to measure with. */
  readonly heldOutStories: Documents;
}

/**
 * Makes conversations of corpora, learns a tokenizer from those to train on, and encodes them all.
 *
 * @param corpora The corpora.
 * @param options Sizes, and the seed.
 * @throws {RangeError} The corpora are too small for the vocabulary.
 */
export function prepareCorpora(
  corpora: Corpora,
  options: PrepareOptions,
): Prepared {
  const { maxTokens, storyPasses, numSmallTalks } = options;
  const random = new Random(options.seed);
  const dialogues = splitHeldOut(corpora.dialogues);
  const stories = splitHeldOut(corpora.stories);
  const train = random.shuffle([
    ...composeDialogues(dialogues.train, random),
    ...Array.from(
      { length: storyPasses },
      () => composeStories(stories.train, random),
    ).flat(),
    ...composeSmallTalk(numSmallTalks, random),
  ]).map((conversation) => addSystem(conversation, random));
  const merges = trainBpe(
    countWords(textsOf(train)),
    options.vocabSize - 256 - Object.keys(SPECIAL_TOKENS).length,
  );
  const tokenizer = tokenizerFiles(merges, { modelMaxLength: maxTokens });
  const encode = conversationEncoder(tokenizer.json);
  const encodeAll = (conversations: readonly Conversation[]): Documents =>
    conversations.map(({ messages }) =>
      encodeFitting(messages, { encode, maxTokens })
    ).filter((ids) => ids !== null);
  return {
    tokenizer,
    conversations: train,
    train: encodeAll(train),
    heldOutDialogues: encodeAll(dialogues.heldOut),
    heldOutStories: encodeAll(composeStories(stories.heldOut, random)),
  };
}

function textsOf(conversations: readonly Conversation[]): string[] {
  return conversations.flatMap(({ messages }) =>
    messages.map(({ content }) => content)
  );
}
