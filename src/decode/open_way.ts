import {
  createPolicy,
  openDrafting,
  type PolicyOrigin,
} from "./open_drafting.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { LoadedModel } from "./loaded_model.ts";
import type { ModelFiles } from "./model_files.ts";
import { defaultSampling } from "./sampling_params.ts";
import { Session } from "./session.ts";
import { sessionLimit } from "./session_limit.ts";
import type { Target } from "../model/mod.ts";
import type { TreeOptions } from "../draft/mod.ts";
import { tuneProducts } from "./tune_products.ts";
import { Warmth } from "./warmth.ts";

/** A model, ready to decode in one way. */
export interface OpenedWay {
  /** The model; disposing of it frees the device. */
  readonly model: LoadedModel;
  /** The session that it begins with. */
  readonly session: Session;
  /** Bytes on the device that are its own: drafter, caches, buffers of a sequence. */
  readonly ownBytes: number;
  /** What its choice of trees began with. */
  readonly policyOrigin: PolicyOrigin;
}

/**
 * Readies a loaded network to decode in one way: loads the drafter, makes a first session, compiles its kernels.
 *
 * @param gpu Device.
 * @param target The network.
 * @param args The model's files; the drafter's directory, or `none`; its trees, and what it proposes from; how many
 *   sessions there may be; how long the fastest cuts of its products are looked for; called as kernels are compiled.
 * @returns The model.
 * @throws As `openDrafting` does.
 */
export async function openWay(
  gpu: Gpu,
  target: Target,
  args: {
    readonly files: ModelFiles;
    readonly draft: string | URL;
    readonly tree: "auto" | TreeOptions;
    readonly draftVocab: number | undefined;
    readonly maxSessions: number | undefined;
    readonly tuneMs: number;
    readonly onProgress: (done: number, total: number) => void;
  },
): Promise<OpenedWay> {
  const { checkpoint, tokenizer, chatTemplate } = args.files;
  const numBytes = gpu.allocatedBytes;
  const drafting = await openDrafting(gpu, target, { ...args, checkpoint });
  const modelBytes = gpu.allocatedBytes;
  const session = await gpu.guard(
    "allocate a session",
    () => new Session(gpu, target, drafting),
  );
  const maxSessions = sessionLimit(args.maxSessions, {
    modelBytes,
    sessionBytes: gpu.allocatedBytes - modelBytes,
  });
  const warmth = new Warmth(gpu);
  let compileMs = 0;
  const compile = (needs: "plain" | "all"): Promise<void> =>
    tuneProducts(gpu, {
      budgetMs: args.tuneMs,
      compile: async () => {
        const fromMs = performance.now();
        await warmth[needs](session, args.onProgress);
        compileMs += performance.now() - fromMs;
      },
    });
  const { policy, origin } = await createPolicy(gpu, session, {
    checkpoint,
    target,
    drafting,
    draft: args.draft,
    compile,
  });
  const model = new LoadedModel({
    gpu,
    target,
    drafting,
    policy,
    tokenizer,
    chatTemplate,
    samplingDefaults: defaultSampling(checkpoint.generationDefaults),
    session,
    maxSessions,
    compileMs,
    warmth,
  });
  const ownBytes = gpu.allocatedBytes - numBytes;
  return { model, session, ownBytes, policyOrigin: origin };
}
