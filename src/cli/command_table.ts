import type { Command } from "./command.ts";
import {
  DRAFTING_OPTIONS,
  EVERYWHERE_OPTIONS,
  GENERATION_OPTIONS,
  LOADING_OPTIONS,
  SAMPLING_OPTIONS,
} from "./option_table.ts";
import { SERVE_COMMAND } from "./serve_command.ts";
import { TRAIN_OPTIONS } from "./train_option_table.ts";

const TRAIN_NAMES = Object.keys(
  TRAIN_OPTIONS,
) as (keyof typeof TRAIN_OPTIONS)[];
/** All commands. */
export const COMMANDS: readonly Command[] = [
  {
    name: "generate",
    summary: "continues a text, or answers it",
    operands: "[PROMPT | -]",
    notes: [
      'Where the model has a chat template, PROMPT is a message that the model answers; else, and with --raw, a text that it continues. "-" reads PROMPT from standard input, without its last line end. A PROMPT that begins with "-" goes after "--". Ctrl-C ends the text.',
      "Without sampling options the model's own are used (generation_config.json), else temperature 0.",
    ],
    options: [
      "model",
      "promptIds",
      "raw",
      ...GENERATION_OPTIONS,
      ...DRAFTING_OPTIONS,
      "showDrafts",
      ...LOADING_OPTIONS,
      "json",
      "quiet",
      ...EVERYWHERE_OPTIONS,
    ],
    run: async (values, operands) => {
      const { runGenerate } = await import("./generate.ts");
      return await runGenerate(values, operands);
    },
  },
  {
    name: "chat",
    summary: "talks to a model",
    operands: "",
    notes: [
      "Answers the lines of standard input. Ctrl-C ends an answer; twice at an empty prompt, it leaves, as do Ctrl-D and /exit. /help lists the commands.",
    ],
    options: [
      "model",
      "system",
      "raw",
      ...GENERATION_OPTIONS,
      ...DRAFTING_OPTIONS,
      "showDrafts",
      ...LOADING_OPTIONS,
      "quiet",
      ...EVERYWHERE_OPTIONS,
    ],
    run: async (values) => {
      const { runChatCommand } = await import("./chat.ts");
      return await runChatCommand(values);
    },
  },
  {
    name: "tree",
    summary: "draws what the drafter proposes behind a prompt",
    operands: "[PROMPT | -]",
    notes: [
      "PROMPT is taken as by generate. The root is the model's own first token; below it are the tokens that the drafter proposes to go on with, each with the sum of its log probabilities from the root on and the branch of the drafter that it is from. Those that the model accepts are marked, and its own next token ends the list.",
    ],
    options: [
      "model",
      "promptIds",
      "raw",
      ...SAMPLING_OPTIONS,
      ...DRAFTING_OPTIONS,
      ...LOADING_OPTIONS,
      "json",
      "quiet",
      ...EVERYWHERE_OPTIONS,
    ],
    run: async (values, operands) => {
      const { runTree } = await import("./tree.ts");
      return await runTree(values, operands);
    },
  },
  {
    name: "train",
    summary: "trains a drafter for a model",
    operands: "",
    notes: [
      "Without --data, the model writes the texts itself, and keeps them in DIR. Of conversations, the answers are learnt. Every twentieth text is held out, and measured on.",
      "Ctrl-C ends the training behind a step; the same command and --resume goes on, with the result that it would have had. DIR then holds a drafter for --draft, and its curves.",
    ],
    options: [
      "model",
      ...TRAIN_NAMES,
      "seed",
      "dtype",
      "json",
      "quiet",
      ...EVERYWHERE_OPTIONS,
    ],
    run: async (values) => {
      const { runTrain } = await import("./train.ts");
      return await runTrain(values);
    },
  },
  SERVE_COMMAND,
  {
    name: "bench",
    summary: "measures decoding with drafters against decoding without",
    operands: "",
    notes: [
      "Plain decoding, and every drafter with every tree that is asked for, generate in turn behind each prompt; from turn to turn another is the first. Speeds are compared turn by turn. The weights are loaded once; each way adds its drafter and its caches.",
      "The texts of all ways must be the same: where they are not, the exit status is 1. Ctrl-C ends the measuring with what there is.",
    ],
    options: [
      "model",
      "benchPrompts",
      "benchDrafts",
      "draftVocab",
      "benchTrees",
      "treeDepth",
      "treeTopK",
      "benchTokens",
      "benchTemperature",
      "benchSeed",
      "ignoreEos",
      "repeat",
      "tuneMs",
      "report",
      ...LOADING_OPTIONS,
      "json",
      "quiet",
      ...EVERYWHERE_OPTIONS,
    ],
    run: async (values) => {
      const { runBenchCommand } = await import("./bench.ts");
      return await runBenchCommand(values);
    },
  },
  {
    name: "inspect",
    summary: "says what a model's files hold, and what memory it needs",
    operands: "",
    notes: [
      "Reads no weights, and needs no GPU. Of a model on the Hub that was not pulled, only what says what it is is fetched.",
    ],
    options: [
      "model",
      "draft",
      ...LOADING_OPTIONS,
      "json",
      ...EVERYWHERE_OPTIONS,
    ],
    run: async (values) => {
      const { runInspect } = await import("./inspect.ts");
      return await runInspect(values);
    },
  },
  {
    name: "pull",
    summary: "brings a model into the cache",
    operands: "MODEL",
    notes: [
      "MODEL is hf:org/name[@revision][:file] on the Hugging Face Hub, or the https: address of a .gguf file. It goes into the cache of the Hub's own tools, and what they have put there is used. A pull that was stopped goes on where it was. HF_TOKEN is for private models, HF_HOME says where the cache is, HF_ENDPOINT where the Hub is.",
      "Prints the folder or file.",
    ],
    options: ["quiet", ...EVERYWHERE_OPTIONS],
    run: async (values, operands) => {
      const { runPull } = await import("./pull.ts");
      return await runPull(values, operands);
    },
  },
  {
    name: "list",
    summary: "lists the models in the cache",
    operands: "",
    notes: ["Those that other tools of the Hub have put there are in it, too."],
    options: ["json", ...EVERYWHERE_OPTIONS],
    run: async (values) => {
      const { runList } = await import("./list.ts");
      return await runList(values);
    },
  },
  {
    name: "rm",
    summary: "removes a model from the cache",
    operands: "MODEL",
    notes: [
      "MODEL is named as for pull. With @revision, only that revision is removed, and the files that no other has.",
    ],
    options: ["quiet", ...EVERYWHERE_OPTIONS],
    run: async (values, operands) => {
      const { runRemove } = await import("./remove.ts");
      return await runRemove(values, operands);
    },
  },
  {
    name: "doctor",
    summary: "says what this machine's GPU can do, and what is missing",
    operands: "",
    notes: ["The exit status is 0 where models can run, else 1."],
    options: ["json", ...EVERYWHERE_OPTIONS],
    run: async (values) => {
      const { runDoctor } = await import("./doctor.ts");
      return await runDoctor(values);
    },
  },
];
