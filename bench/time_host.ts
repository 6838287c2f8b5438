import { median } from "../src/decode/median.ts";
import type { ReadBack } from "../src/decode/read_back.ts";
import type { Session } from "../src/decode/session.ts";

const NUM_SUBMISSIONS = 9;
const NUM_ROUNDS = 8;

/**
 * Times the host at rounds behind a text that has ended, from which the device returns at once.
 *
 * @param session A session whose text has ended.
 * @param readBack A staging buffer.
 * @returns Median milliseconds in which a round is encoded and submitted.
 */
export async function timeHost(
  session: Session,
  readBack: ReadBack,
): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < NUM_SUBMISSIONS; index++) {
    const startedMs = performance.now();
    readBack.submitRounds(session, {
      numRounds: NUM_ROUNDS,
      firstPosition: 0,
      isSplit: false,
    });
    times.push((performance.now() - startedMs) / NUM_ROUNDS);
    await readBack.map();
  }
  return median(times);
}
