/** This project as one of the engines. @module */

import { loadModel } from "../../mod.ts";
import type { Peer } from "./peer.ts";

/**
 * Loads a model with this project.
 *
 * @param file GGUF file.
 * @param draft Directory of its drafter, or `none`.
 * @param contextLength Most tokens of a sequence.
 * @returns The engine.
 */
export async function openOwnPeer(
  file: string,
  draft: string | URL,
  contextLength: number,
): Promise<Peer> {
  const model = await loadModel(file, { draft, contextLength });
  return {
    name: model.drafter === null
      ? "jakiro, plain"
      : `jakiro, drafter (${model.drafter})`,
    async generate(prompt, numTokens) {
      const generation = model.generate(prompt, {
        temperature: 0,
        maxTokens: numTokens,
        ignoreEos: true,
      });
      for (;;) {
        const { done, value } = await generation.next();
        if (!done) continue;
        const { tokens, prefillMs, decodeMs } = value;
        return { tokens, prefillMs, decodeMs };
      }
    },
    [Symbol.asyncDispose]() {
      model[Symbol.dispose]();
      return Promise.resolve();
    },
  };
}
