import { choice, flag, number, text, texts } from "./option_kinds.ts";
import { option } from "./option_spec.ts";

const COUNT = { min: 1, max: 65536, isInteger: true };

/** Options of `serve` alone. */
export const SERVE_OPTIONS = {
  host: option(
    text("ADDRESS"),
    "address to listen on; default: 127.0.0.1, which only this machine reaches; 0.0.0.0 is all",
  ),
  port: option(
    number("N", { min: 0, max: 65535, isInteger: true }),
    "port to listen on; 0 takes a free one; default: 8000",
  ),
  name: option(
    text("NAME"),
    "what clients call the model; default: the name of its folder or repository",
  ),
  apiKeyFile: option(
    text("FILE"),
    "asks for a key, one of those in FILE, a line each; default: those of JAKIRO_API_KEYS, separated by commas, else none",
  ),
  cors: option(
    texts("ORIGIN"),
    "lets pages of ORIGIN ask, such as https://example.com; * is all; repeatable",
  ),
  allowHost: option(
    texts("NAME"),
    "answers requests that call this server NAME, as those through a proxy may; repeatable; default: on loopback its names, else any",
  ),
  workers: option(
    number("N", { min: 1, max: 64, isInteger: true }),
    "workers, each with the whole model on a device of its own; default: 1",
  ),
  maxRunning: option(
    number("N", COUNT),
    "answers that run side by side, each with a cache of its own; default: 8 a worker",
  ),
  maxQueue: option(
    number("N", { min: 0, max: 65536, isInteger: true }),
    "answers that wait for one of those to end, before 429 is answered; default: 64",
  ),
  deadline: option(
    number("SECONDS", { min: 0, max: 86400, isAboveMin: true }),
    "how long a request may take, in all; default: 600",
  ),
  maxBody: option(
    number("BYTES", { min: 1, max: 2 ** 30, isInteger: true }),
    "largest body of a request; default: 4194304",
  ),
  bodyTimeout: option(
    number("SECONDS", { min: 0, max: 86400, isAboveMin: true }),
    "how long a body may take to come; default: 30",
  ),
  maxPrompt: option(
    number("N", { min: 1, max: 2 ** 27, isInteger: true }),
    "most tokens of a prompt; default: as many as the context holds",
  ),
  maxMessages: option(
    number("N", COUNT),
    "most messages of a conversation; default: 1024",
  ),
  maxChoices: option(
    number("N", COUNT),
    "most answers to one request (n); default: 8",
  ),
  maxInputs: option(
    number("N", COUNT),
    "most prompts, or texts to embed, of one request; default: 64",
  ),
  maxStops: option(
    number("N", { min: 1, max: 64, isInteger: true }),
    "most stop strings; default: 4",
  ),
  log: option(
    choice("FORMAT", ["plain", "json", "none"]),
    "how a line is written for each request: plain (default), json or none",
  ),
  logPrompts: option(
    flag(),
    "writes into it what was asked; default: nothing that users write is logged",
  ),
} as const;
