import { MAX_NODES, NODE_BYTES, rowTableBytes } from "../ops/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { readBuffer } from "../gpu/read_buffer.ts";
import type { Session } from "./session.ts";
import type { SessionStart } from "./session_buffers.ts";
import { submitPass } from "../gpu/submit_pass.ts";

/** A node of a draft tree. */
export interface TreeNode {
  /** Token id. */
  readonly token: number;
  /** Index of the node it follows; null for the root, the last committed token. */
  readonly parent: number | null;
  /** Levels below the root. */
  readonly depth: number;
  /** Sum of the drafter's log probabilities from the root. */
  readonly score: number;
  /**
   * Which branch of the drafter proposed it: the mixture of experts or their contrast; of a Jakiro* drafter, the
   * expert that its gate prefers or the other one; null for the root.
   */
  readonly branch: "mixture" | "contrastive" | "top" | "other" | null;
  /** Whether the target chose it, and so committed it. */
  readonly isAccepted: boolean;
}

/** A draft tree, and what the target made of it. */
export interface DraftTree {
  /** The root first, parents before children. */
  readonly nodes: readonly TreeNode[];
  /** The target's choice behind the last accepted node: the next root. */
  readonly next: number;
}

const ROW_WORDS = (rowTableBytes(1) - rowTableBytes(0)) / 4;

/**
 * Drafts a tree behind a prompt and lets the target check it.
 *
 * @param gpu Device.
 * @param session A session that drafts.
 * @param args How tokens are chosen; the session's cache is overwritten.
 * @param maxRows Most rows in a pass, `T`.
 * @returns The tree.
 */
export async function readDraftTree(
  gpu: Gpu,
  session: Session,
  args: SessionStart & { readonly maxRows: number },
): Promise<DraftTree> {
  const { prompt, maxRows } = args;
  session.cachedTokens = [];
  session.start(args);
  for (let first = 0; first < prompt.length; first += maxRows) {
    const nextId = prompt[first + maxRows] ?? null;
    const chunk = prompt.slice(first, first + maxRows);
    submitPass(gpu, session.prefill(chunk, first, nextId));
  }
  session.cachedTokens = [...prompt];
  session.numDrafterCached = Infinity;
  return await runTreeRound(gpu, session);
}

/**
 * Reads the tree that a session has drafted, runs its round, and reads what the target accepted.
 *
 * @param gpu Device.
 * @param session A session that drafts, after a prefill or a round.
 * @returns The tree.
 * @throws {RangeError} If the text has ended.
 */
export async function runTreeRound(
  gpu: Gpu,
  session: Session,
): Promise<DraftTree> {
  const { rows, nodes, history } = session.buffers;
  const lastLevel = session.contrastiveEntry;
  const rowBytes = await readBuffer(gpu, rows, rowTableBytes(MAX_NODES));
  const nodeBytes = await readBuffer(gpu, nodes, MAX_NODES * NODE_BYTES);
  const { draftBranches } = session;
  const experts = draftBranches &&
    new Uint32Array(await readBuffer(gpu, draftBranches));
  const count = new Uint32Array(rowBytes)[0] ?? 0;
  if (count === 0) {
    throw new RangeError(
      "Cannot draft a tree as the text must go on behind its first token: it ends there, by an end-of-text id or the context",
    );
  }
  submitPass(gpu, session.round);
  const historyWords = new Uint32Array(
    await readBuffer(gpu, history),
  );
  const rowWords = new Uint32Array(rowBytes);
  const nodeWords = new Uint32Array(nodeBytes);
  const scores = new Float32Array(nodeBytes);
  const rootPosition = rowWords[3] ?? 0;
  const tree: TreeNode[] = [];
  let walked = 0;
  for (let index = 0; index < count; index++) {
    const token = rowWords[2 + index * ROW_WORDS] ?? 0;
    const depth = (rowWords[3 + index * ROW_WORDS] ?? 0) - rootPosition;
    const parent = index === 0 ? null : nodeWords[index * 4] ?? 0;
    const entry = nodeWords[index * 4 + 2] ?? 0;
    const chosen = historyWords[(rootPosition + depth) * 3];
    const isAccepted = index > 0 && parent === walked && chosen === token;
    if (isAccepted) walked = index;
    tree.push({
      token,
      parent,
      depth,
      score: scores[index * 4 + 1] ?? 0,
      branch: index === 0 ? null : branchOf(entry, { experts, lastLevel }),
      isAccepted,
    });
  }
  const next =
    historyWords[(rootPosition + (tree[walked]?.depth ?? 0) + 1) * 3];
  return { nodes: tree, next: next ?? 0 };
}

function branchOf(
  entry: number,
  drafted: { readonly experts: Uint32Array | null; readonly lastLevel: number },
): TreeNode["branch"] {
  const { experts, lastLevel } = drafted;
  if (experts !== null) return experts[entry] === 0 ? "top" : "other";
  return entry >= lastLevel ? "contrastive" : "mixture";
}
