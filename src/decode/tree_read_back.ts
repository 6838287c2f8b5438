import { MAX_NODES, NODE_BYTES, rowTableBytes } from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import type { Session } from "./session.ts";
import type { TokenNode } from "../text/mod.ts";

const TABLE_BYTES = rowTableBytes(MAX_NODES);
const ROW_WORDS = (rowTableBytes(1) - rowTableBytes(0)) / 4;

/** A staging buffer through which the host learns what the next round verifies. */
export class TreeReadBack implements Disposable {
  readonly #gpu: Gpu;
  readonly #staging: GPUBuffer;

  /** @param gpu Device. */
  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    this.#staging = gpu.createBuffer(
      "tree to read",
      TABLE_BYTES + MAX_NODES * NODE_BYTES,
      GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    );
  }

  /**
   * Records the copy of the tree.
   *
   * @param encoder Encoder of a submission, after its passes.
   * @param session Session to read.
   */
  encode(encoder: GPUCommandEncoder, session: Session): void {
    const { rows, nodes } = session.buffers;
    encoder.copyBufferToBuffer(rows, 0, this.#staging, 0, TABLE_BYTES);
    encoder.copyBufferToBuffer(
      nodes,
      0,
      this.#staging,
      TABLE_BYTES,
      MAX_NODES * NODE_BYTES,
    );
  }

  /**
   * Waits until the device has run everything submitted, blocking the thread.
   *
   * @returns A promise of the tree, kept some milliseconds later: the root alone where nothing was drafted, and
   *   nothing where the text has ended.
   */
  map(): Promise<readonly TokenNode[]> {
    return this.#staging.mapAsync(GPUMapMode.READ).then(() => {
      const bytes = this.#staging.getMappedRange().slice(0);
      this.#staging.unmap();
      return readNodes(bytes);
    }, (error) => {
      this.#gpu.throwIfLost();
      throw error;
    });
  }

  /** Frees what it holds. */
  [Symbol.dispose](): void {
    this.#gpu.destroyBuffer(this.#staging);
  }
}

function readNodes(bytes: ArrayBuffer): TokenNode[] {
  const rows = new Uint32Array(bytes, 0, TABLE_BYTES / 4);
  const nodes = new Uint32Array(bytes, TABLE_BYTES);
  return Array.from({ length: rows[0] ?? 0 }, (_, node) => ({
    token: rows[2 + node * ROW_WORDS] ?? 0,
    parent: node === 0 ? null : nodes[node * NODE_BYTES / 4] ?? 0,
  }));
}
