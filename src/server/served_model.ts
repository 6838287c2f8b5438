import type { Model } from "../decode/mod.ts";

/** What a service needs of a model: one in this process, or one whose work runs in a Worker. */
export interface ServedModel extends
  Pick<
    Model,
    | "config"
    | "tokenizer"
    | "chatTemplate"
    | "contextLength"
    | "dtype"
    | "drafter"
    | "deviceName"
    | "generate"
    | "draftTree"
    | "embed"
  > {
  /** Name that clients use. */
  readonly id: string;
  /** Whether requests can run now. Default: they can. */
  readonly isReady?: boolean;
  /** Workers that were started because one had ended. Default: 0. */
  readonly numRestarts?: number;
}
