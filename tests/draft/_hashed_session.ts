import { bindKernel, type BoundKernel } from "../../src/ops/op.ts";
import type { Dispatch } from "../../src/gpu/dispatch.ts";
import type { Gpu } from "../../src/gpu/gpu.ts";
import type { Drafting } from "../../src/decode/drafting.ts";
import type { RoundParts } from "../../src/decode/round_lists.ts";
import { Session } from "../../src/decode/session.ts";
import type { SessionStart } from "../../src/decode/session_buffers.ts";
import type { Target } from "../../src/model/mod.ts";
import { withKernel } from "../gpu/_kernels.ts";

/** Bytes of one position's hash. */
export const HASH_BYTES = 8;

/** Two sums, over all tokens of a committed position's logits, of what the bits and the token mix to. */
const SOURCE = `
#import committed
#import noise
#import rows
#import state

@group(0) @binding(0) var<storage, read> committed: Committed;
@group(0) @binding(1) var<storage, read> state: State;
@group(0) @binding(2) var<storage, read> logits: array<u32>;
@group(0) @binding(3) var<storage, read_write> hashes: array<vec2u>;

var<workgroup> sh_sums: array<vec2u, WG>;

@compute @workgroup_size(WG)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_id) lid: vec3u) {
  if wid.x >= committed.count { return; }
  // A prompt's last row is the only one with logits.
  let row = committed.node[wid.x] * HAS_ALL_ROWS;
  var sum = vec2u();
  for (var token = lid.x; token < V; token += WG) {
    let bits = logits[row * V + token];
    sum += vec2u(hash(bits, token, 1u), hash(bits, token, 2u));
  }
  sh_sums[lid.x] = sum;
  workgroupBarrier();
  if lid.x > 0u { return; }
  for (var i = 1u; i < WG; i++) { sum += sh_sums[i]; }
  hashes[state.length - committed.count + wid.x] = sum;
}
`;

/** A session each of whose rounds also hashes all logits of each position that it commits. */
export class HashedSession extends Session {
  /** `[S]` two words for each position whose logits chose a token, 0 elsewhere. */
  readonly hashes: GPUBuffer;
  readonly #gpu: Gpu;
  readonly #launch: BoundKernel;

  private constructor(gpu: Gpu, target: Target, drafting: Drafting | null) {
    super(gpu, target, drafting);
    this.#gpu = gpu;
    const { vocabSize } = target.config;
    const { committed, state, logits } = this.buffers;
    this.hashes = gpu.createBuffer("hashes", target.contextLength * HASH_BYTES);
    this.#launch = bindKernel(gpu, "hash_logits", {
      elem: "f32",
      constants: { WG: 64, V: vocabSize, HAS_ALL_ROWS: 1 },
      operands: [
        { name: "committed", kind: "read", buffer: committed, minBytes: 4 },
        { name: "state", kind: "read", buffer: state, minBytes: 4 },
        { name: "logits", kind: "read", buffer: logits, minBytes: 4 },
        { name: "hashes", kind: "write", buffer: this.hashes, minBytes: 8 },
      ],
    });
  }

  /** Allocates a session. */
  static async open(
    gpu: Gpu,
    target: Target,
    drafting: Drafting | null,
  ): Promise<HashedSession> {
    let session: HashedSession | undefined;
    await withKernel("hash_logits", SOURCE, async () => {
      session = await gpu.guard("allocate a session", () => {
        const created = new HashedSession(gpu, target, drafting);
        created.#hash(0);
        created.#hash(1);
        return created;
      });
    });
    if (session === undefined) throw new Error("there is no session");
    return session;
  }

  override start(start: SessionStart): void {
    super.start(start);
    const { hashes } = this;
    this.#gpu.device.queue.writeBuffer(hashes, 0, new Uint8Array(hashes.size));
  }

  override get parts(): RoundParts {
    const { verify, accept, draft } = super.parts;
    return { verify, accept: [...accept, this.#hash(1)], draft };
  }

  override prefill(
    ids: readonly number[],
    firstPosition: number,
    nextId: number | null,
  ): readonly Dispatch[] {
    const launches = super.prefill(ids, firstPosition, nextId);
    return nextId === null ? [...launches, this.#hash(0)] : launches;
  }

  #hash(hasAllRows: 0 | 1): Dispatch {
    const grid = [this.maxCommitted, 1, 1] as const;
    return this.#launch(grid, { HAS_ALL_ROWS: hasAllRows });
  }

  override [Symbol.dispose](): void {
    this.#gpu.destroyBuffer(this.hashes);
    super[Symbol.dispose]();
  }
}
