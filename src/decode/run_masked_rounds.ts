import type { GrammarMatcher, TokenNode } from "../text/mod.ts";
import type { Gpu } from "../gpu/gpu.ts";
import { prefill } from "./prefill.ts";
import type { RoundBatch, RunRoundsArgs } from "./run_rounds.ts";
import type { Session } from "./session.ts";
import { submitPass } from "../gpu/submit_pass.ts";
import { TreeReadBack } from "./tree_read_back.ts";

/** What stands for the end of a prompt, whose choice is the text's first token. */
const PROMPT_END: readonly TokenNode[] = [{ token: 0, parent: null }];

/**
 * Prefills a prompt and runs rounds until the device ends the generation, round by round: before each, the host reads
 * the tree that was drafted, and says of every node which tokens its grammar lets follow. So the choice at a node
 * is what it would be without a tree, and the text the same.
 *
 * @param gpu Device.
 * @param session Session that was started to be masked.
 * @param args As for `runRounds`, and what follows the text.
 * @returns What was committed, round by round; first the prefill's token.
 * @throws {RangeError} If the grammar allows no token of the model.
 */
export async function* runMaskedRounds(
  gpu: Gpu,
  session: Session,
  args: RunRoundsArgs & { readonly matcher: GrammarMatcher },
): AsyncGenerator<RoundBatch, void> {
  const { matcher, gears, readBacks: [readBack] } = args;
  using tree = new TreeReadBack(gpu);
  let firstPosition = args.firstPosition + args.ids.length;
  const finish = (encoder: GPUCommandEncoder): void => {
    readBack.encode(encoder, session, firstPosition);
    tree.encode(encoder, session);
  };
  session.choosing.allow(await allowedBehind(matcher, PROMPT_END));
  if (await prefill(gpu, session, { ...args, finish }) === null) return;
  // How the tree was drafted that the round before has verified; the prefill verified none.
  let verified: number | null = null;
  for (;;) {
    const pending = Promise.all([readBack.map(), tree.map()]);
    const finishedMs = performance.now();
    const [committed, nodes] = await pending;
    const { tokens, stop } = committed;
    if (!tokens.every(({ id }) => matcher.accept(id))) refuseGrammar();
    firstPosition += tokens.length;
    const proposed = { first: session.numProposed(verified ?? 0), others: 0 };
    if (verified !== null) {
      const ranks = tokens.map(({ rank }) => rank).filter((rank) => rank > 0);
      gears.observe(verified, [ranks]);
    }
    if (stop === "running") {
      session.choosing.allow(await allowedBehind(matcher, nodes));
      const choice = gears.next();
      if (choice.gear === 0 && session.gear > 0) {
        session.numDrafterCached = firstPosition;
      }
      session.gear = choice.gear;
      verified = session.waitingGear;
      session.reach(firstPosition + 2 * session.maxCommitted);
      submitPass(gpu, session.round, finish);
      session.advance();
    }
    yield { ...committed, finishedMs, proposed };
    if (stop !== "running") return;
  }
}

async function allowedBehind(
  matcher: GrammarMatcher,
  nodes: readonly TokenNode[],
): Promise<Uint32Array<ArrayBuffer>> {
  const masks = await matcher.allowed(nodes);
  const rootMask = masks.subarray(0, masks.length / nodes.length);
  if (rootMask.every((word) => word === 0)) refuseGrammar();
  return masks;
}

function refuseGrammar(): never {
  throw new RangeError(
    "Cannot go on as the grammar must allow a token of the model behind every text: it allows none here",
  );
}
