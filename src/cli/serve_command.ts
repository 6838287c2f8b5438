import type { Command } from "./command.ts";
import {
  DRAFTING_OPTIONS,
  EVERYWHERE_OPTIONS,
  LOADING_OPTIONS,
} from "./option_table.ts";
import { SERVE_OPTIONS } from "./serve_option_table.ts";

/**
 * `serve`, apart from the other commands: a program that only mounts the service must not lead to what trains, whose packages
 * would be fetched.
 */
export const SERVE_COMMAND: Command = {
  name: "serve",
  summary: "serves a model over HTTP, as the OpenAI API, with a page",
  operands: "",
  notes: [
    "Listens on this machine only, unless told otherwise. The page is at /, figures for Prometheus are at /metrics, and whether the model is loaded at /ready. Without sampling options in a request the model's own are used.",
    "SIGTERM and Ctrl-C end it when what runs has finished; a second one ends it at once.",
  ],
  options: [
    ...Object.keys(SERVE_OPTIONS) as (keyof typeof SERVE_OPTIONS)[],
    "model",
    ...DRAFTING_OPTIONS,
    ...LOADING_OPTIONS,
    "quiet",
    ...EVERYWHERE_OPTIONS,
  ],
  run: async (values) => {
    const { runServe } = await import("./serve.ts");
    return await runServe(values);
  },
};
