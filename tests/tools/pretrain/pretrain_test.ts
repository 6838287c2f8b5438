import { assert, assertEquals, assertMatch } from "@std/assert";
import { loadModel } from "../../../mod.ts";
import type { CurvePoint } from "../../../tools/pretrain/curve.ts";

/** Trains in a process of its own, whose end ends the training library's threads. */
async function train(prepared: string, out: string): Promise<void> {
  const script = new URL("train_small.ts", import.meta.url);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-sys",
      script.href,
      prepared,
      out,
    ],
    stdout: "null",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}

Deno.test("pretrain() makes a model of prepared corpora that the engine lets talk", async () => {
  const directory = await Deno.makeTempDir();
  const out = `${directory}/model`;
  try {
    await train(`${directory}/prepared`, out);
    const curve: CurvePoint[] = JSON.parse(
      await Deno.readTextFile(`${out}/curves.json`),
    );
    const last = curve.at(-1);
    assertEquals(last?.step, 200);
    // All tokens alike would be ln 420, 6.04; the fixtures are easily guessed.
    assert((last?.train ?? 9) < 2, JSON.stringify(last));
    assert((last?.heldOut?.dialogues ?? 9) < 2, JSON.stringify(last));
    using model = await loadModel(out, { dtype: "f32" });
    const messages = [{
      role: "user",
      content: "I'm looking for a movie in city 7.",
    }];
    const chunks = model.chat(messages, { temperature: 0 });
    let next = await chunks.next();
    while (!next.done) next = await chunks.next();
    assertEquals(next.value.stop, "eos");
    assertMatch(next.value.text, /^How about the (?:movie|film) of \d+:30/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
