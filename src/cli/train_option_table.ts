import { choice, flag, number, text, texts } from "./option_kinds.ts";
import { option } from "./option_spec.ts";

const COUNT = { min: 1, max: 2 ** 31, isInteger: true };
const WEIGHT = { min: 0, max: 1e6 };
const DECAY = { min: 0, max: 1 };

/** Options of `train` alone. */
export const TRAIN_OPTIONS = {
  out: option(text("DIR"), "the folder that the drafter is written into"),
  kind: option(
    choice("KIND", ["jakiro", "jakiro_star", "eagle"]),
    "kind of drafter: jakiro (default), jakiro_star or eagle",
  ),
  experts: option(
    number("N", { min: 2, max: 64, isInteger: true }),
    "experts of a Jakiro drafter; default: 2",
  ),
  intermediate: option(
    number("N", { min: 4, max: 2 ** 20, isInteger: true }),
    "width inside each expert; default: upstream's",
  ),
  init: option(
    text("DIR"),
    "a drafter whose weights it begins with; default: random ones",
  ),
  data: option(
    texts("FILE"),
    "text to train on: plain, .jsonl or .json with text or messages; repeatable; default: the model writes it",
  ),
  prompts: option(
    text("FILE"),
    "what the model's own texts begin with, a line each",
  ),
  tokens: option(
    number("N", COUNT),
    "tokens that the model writes; default: 2000000",
  ),
  steps: option(number("N", COUNT), "steps of the training; default: 3000"),
  batch: option(
    number("N", { min: 1, max: 2 ** 16, isInteger: true }),
    "sequences of a step; default: 32",
  ),
  length: option(
    number("N", { min: 8, max: 2 ** 27, isInteger: true }),
    "tokens of a sequence; default: 256",
  ),
  resume: option(flag(), "goes on where a training into DIR has stopped"),
  backend: option(
    choice("NAME", ["auto", "wasm", "webgpu"]),
    "where gradients are computed; default: what is faster",
  ),
  evaluateEvery: option(
    number("N", COUNT),
    "steps between measurements on held-out text",
  ),
  saveEvery: option(
    number("N", COUNT),
    "steps between checkpoints; default: 200",
  ),
  learningRate: option(
    number("X", { min: 0, max: 10, isAboveMin: true }),
    "peak of the learning rate; default: 0.256 / hidden size",
  ),
  warmupSteps: option(
    number("N", { min: 0, max: 2 ** 31, isInteger: true }),
    "steps in which it rises",
  ),
  schedule: option(
    choice("NAME", ["cosine", "linear", "constant"]),
    "what it does then: cosine, linear or constant",
  ),
  beta1: option(number("X", DECAY), "AdamW's decay of the first moment"),
  beta2: option(number("X", DECAY), "AdamW's decay of the second moment"),
  epsilon: option(
    number("X", { min: 0, max: 1, isAboveMin: true }),
    "AdamW's epsilon",
  ),
  weightDecay: option(number("X", WEIGHT), "AdamW's weight decay"),
  decaysMatricesOnly: option(flag(), "spares norms and biases from it"),
  clipValue: option(
    number("X", WEIGHT),
    "bounds each element of a gradient; 0 does not",
  ),
  clipNorm: option(
    number("X", WEIGHT),
    "bounds the norm of all gradients; 0 does not",
  ),
  regressionWeight: option(
    number("X", WEIGHT),
    "weight of the distance to the model's states",
  ),
  crossEntropyWeight: option(
    number("X", WEIGHT),
    "weight of the cross-entropy with the model's tokens",
  ),
  acceptWeight: option(
    number("X", WEIGHT),
    "weight of the chance that a token is not accepted",
  ),
  contrastWeight: option(
    number("X", WEIGHT),
    "weight of the contrastive branch beside the mixture",
  ),
  decorrelationWeight: option(
    number("X", WEIGHT),
    "weight of the likeness of two experts",
  ),
  noise: option(number("X", WEIGHT), "width of the noise on input states"),
  unrollSteps: option(
    number("N", { min: 1, max: 16, isInteger: true }),
    "passes in a row, each on the states of the one before",
  ),
  unrollDecay: option(number("X", WEIGHT), "weight of a pass beside the last"),
} as const;
