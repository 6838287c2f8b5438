import { assert, assertEquals, assertRejects } from "@std/assert";
import { assertErrorAsync } from "../checkpoint/assert_error.ts";
import { fileURLToPath } from "node:url";
import { createFakeTrainer } from "./_fake_trainer.ts";
import { loadModel } from "../../src/decode/mod.ts";
import {
  openDraftCheckpoint,
  readSafetensorsFile,
} from "../../src/checkpoint/mod.ts";
import type {
  NamedTensors,
  TrainOptions,
  TrainProgress,
} from "../../src/train/mod.ts";
import { trainWith } from "../../src/train/train_with.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";

const STORIES = new URL("../../weights/stories260k/", import.meta.url);
const SMALL = {
  model: STORIES,
  numSequences: 3,
  length: 16,
  numTokens: 600,
  seed: 5,
  evaluateEvery: 4,
  saveEvery: 100,
  recipe: { totalSteps: 10 },
} as const satisfies Partial<TrainOptions>;

/** Stops a training after a number of steps. */
function stopAfter(
  numSteps: number,
): Pick<TrainOptions, "signal" | "onProgress"> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onProgress: (progress: TrainProgress) => {
      if (progress.phase === "train" && progress.done === numSteps) {
        controller.abort();
      }
    },
  };
}

/** Files of a drafter's directory that must not depend on when the training was stopped. */
async function readOutput(out: string): Promise<unknown> {
  const { tensors } = await readSafetensorsFile(`${out}/model.safetensors`);
  const resume = await readSafetensorsFile(`${out}/resume.safetensors`);
  const bytes = (all: typeof tensors) =>
    [...all].map(([name, { bytes }]) => [name, bytes.toHex()]);
  const config = await Deno.readTextFile(`${out}/config.json`);
  return [bytes(tensors), bytes(resume.tensors), config];
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(directory));
  return entries.map(({ name }) => name).sort();
}

Deno.test("trainWith() stopped after any step and resumed comes to the same bits", async () => {
  await withDirectory(async (directory) => {
    const { result: whole } = await trainWith(
      { ...SMALL, out: `${directory}/whole` },
      createFakeTrainer,
    );
    assertEquals([whole.step, whole.isFinished], [10, true]);
    assertEquals(whole.points.map(({ step }) => step), [0, 4, 8, 10]);
    const expected = await readOutput(`${directory}/whole`);
    for (const numSteps of [1, 4]) {
      const out = `${directory}/${numSteps}`;
      const { result: stopped } = await trainWith(
        { ...SMALL, out, ...stopAfter(numSteps) },
        createFakeTrainer,
      );
      assertEquals([stopped.step, stopped.isFinished], [numSteps, false]);
      const writtenBefore = await Deno.stat(`${out}/written.safetensors`);
      const { result } = await trainWith(
        { ...SMALL, out, isResuming: true },
        createFakeTrainer,
      );
      const { points, step, isFinished } = result;
      const written = await Deno.stat(`${out}/written.safetensors`);
      assertEquals(written.mtime, writtenBefore.mtime);
      assertEquals([step, isFinished], [10, true]);
      assertEquals(points.map(({ step }) => step), [0, 4, 8, 10]);
      assertEquals(await readOutput(out), expected);
    }
  });
});

Deno.test("trainWith() writes a drafter that loads, says what it is from, and changes no text", async () => {
  await withDirectory(async (directory) => {
    const out = `${directory}/drafter`;
    const file = `${directory}/texts.jsonl`;
    const lines = Array.from({ length: 24 }, (_, index) => ({
      text: `Once upon a time there were ${index} little dogs. They played.`,
    }));
    await Deno.writeTextFile(
      file,
      lines.map((line) => JSON.stringify(line)).join("\n"),
    );
    const { result } = await trainWith(
      { ...SMALL, out, data: [file] },
      createFakeTrainer,
    );
    const { metadata } = await readSafetensorsFile(`${out}/model.safetensors`);
    const digest = async (path: string | URL): Promise<string> => {
      const bytes = await Deno.readFile(path);
      const hash = await crypto.subtle.digest("SHA-256", bytes);
      return new Uint8Array(hash).toHex();
    };
    const weights = new URL("model.safetensors", STORIES);
    const expected = {
      target: "stories260k",
      target_sha256: await digest(weights),
      data: `texts.jsonl ${await digest(file)}`,
      kind: "jakiro",
      seed: "5",
      step: "10",
      totalSteps: "10",
      held_out: JSON.stringify(result.points.at(-1)?.heldOut),
    };
    for (const [name, value] of Object.entries(expected)) {
      assertEquals(metadata.get(name), value, name);
    }
    using checkpoint = await openDraftCheckpoint(out);
    assertEquals(checkpoint.config.hiddenSize, 64);
    const texts = [];
    for (const draft of ["none", out]) {
      using model = await loadModel(STORIES, { draft });
      assertEquals(model.drafter, draft === out ? "jakiro" : null);
      const chunks = model.generate("One day", { maxTokens: 24, seed: 3 });
      let next = await chunks.next();
      while (!next.done) next = await chunks.next();
      texts.push(next.value.tokens);
    }
    assertEquals(texts[0], texts[1]);
    assertEquals(await listFiles(out), [
      "config.json",
      "curves.svg",
      "model.safetensors",
      "resume.safetensors",
    ]);
  });
});

Deno.test("trainWith() refuses to overwrite, and to resume what differs or is not there", async () => {
  await withDirectory(async (directory) => {
    const out = `${directory}/drafter`;
    const train = (options: Partial<TrainOptions>) => () =>
      trainWith({ ...SMALL, out, ...options }, createFakeTrainer);
    await train(stopAfter(2))();
    const before = await readOutput(out);
    await Deno.writeTextFile(`${directory}/file`, "");
    const cases: [Partial<TrainOptions>, [ErrorConstructor, string]][] = [
      [{}, [
        RangeError,
        'Cannot train into "DIR/drafter" as it must hold no drafter yet, or be resumed: found model.safetensors',
      ]],
      [{ isResuming: true, seed: 6, recipe: { totalSteps: 20 } }, [
        RangeError,
        "Cannot resume the training as it must go on with seed 5, totalSteps 10: found seed 6, totalSteps 20",
      ]],
      [{ isResuming: true, out: `${directory}/none` }, [
        ReferenceError,
        'Cannot resume as "DIR/none" must hold resume.safetensors of a training that has stopped: found none',
      ]],
      [{ out: `${directory}/file` }, [
        TypeError,
        'Cannot train into "DIR/file" as it must be a directory: found another file',
      ]],
      [{ out: `${directory}/no/where` }, [
        ReferenceError,
        'Cannot make "DIR/no/where" as the directory that it is to be in must exist: found nothing there',
      ]],
    ];
    for (const [options, error] of cases) {
      await assertErrorAsync(train(options), error, { directory });
    }
    assertEquals(await readOutput(out), before);
  });
});

Deno.test("trainWith() says what is wrong with options and data before the target is loaded", async () => {
  await withDirectory(async (directory) => {
    const file = `${directory}/chat.jsonl`;
    const messages = [{ role: "user", content: "Hi" }];
    await Deno.writeTextFile(file, JSON.stringify({ messages }));
    const cases: [Partial<TrainOptions>, [ErrorConstructor, string]][] = [
      [{ length: 1000 }, [
        RangeError,
        'Cannot train as "length" must be an integer in [8, 512]: 1000',
      ]],
      [{ kind: "eagle", numExperts: 2 }, [
        RangeError,
        "Cannot train a drafter of kind eagle as its experts must be 1: 2",
      ]],
      [{ data: [file] }, [
        TypeError,
        'Cannot train on line 1 of "DIR/chat.jsonl" as the model must have a chat template for messages: it has none',
      ]],
      [{ data: [file], prompts: file }, [
        TypeError,
        "Cannot train as either data or prompts for the model's own texts must be given: found both",
      ]],
      [{ prompts: file }, [
        TypeError,
        'Cannot take a prompt from line 1 of "DIR/chat.jsonl" as the model must have a chat template for messages: it has none',
      ]],
    ];
    for (const [options, error] of cases) {
      const phases: string[] = [];
      const run = () =>
        trainWith({
          ...SMALL,
          out: `${directory}/drafter`,
          onProgress: ({ phase }) => phases.push(phase),
          ...options,
        }, createFakeTrainer);
      await assertErrorAsync(run, error, { directory });
      assert(!phases.includes("load"), error[1]);
    }
  });
});

Deno.test("trainWith() leaves the last checkpoint as it was where a later one fails", async () => {
  await withDirectory(async (directory) => {
    const out = `${directory}/drafter`;
    await trainWith({ ...SMALL, out, ...stopAfter(2) }, createFakeTrainer);
    const before = await readOutput(out);
    const options = { ...SMALL, out, isResuming: true, saveEvery: 1 };
    const run = () =>
      trainWith(options, async (trainerOptions) => {
        const trainer = await createFakeTrainer(trainerOptions);
        const all = new Map(await trainer.tensors());
        // Found out behind the other tensors, as a full disk would be.
        all.set("late", { shape: [1e6], values: new Float32Array(1) });
        const tensors = () => Promise.resolve(all);
        return Object.assign(trainer, { tensors });
      });
    await assertRejects(run, RangeError);
    assertEquals(await readOutput(out), before);
    const files = await listFiles(out);
    assertEquals(files.filter((name) => name.endsWith(".tmp")), []);
  });
});

Deno.test("trainWith() ends where the loss is no longer a number", async () => {
  await withDirectory(async (directory) => {
    const run = () =>
      trainWith({ ...SMALL, out: `${directory}/drafter` }, async (options) => {
        const trainer = await createFakeTrainer(options);
        const means = await trainer.losses();
        const losses = () => Promise.resolve({ ...means, loss: NaN });
        return Object.assign(trainer, { losses });
      });
    await assertErrorAsync(run, [
      RangeError,
      "Cannot go on training as the loss must be a number (a lower learning rate may help): found NaN after 4 steps",
    ]);
  });
});

Deno.test("trainWith() begins with the weights of another drafter, and resumes with no other's", async () => {
  await withDirectory(async (directory) => {
    const init = new URL("drafter/", STORIES);
    const args = { ...SMALL, out: `${directory}/drafter`, init };
    const given: NamedTensors[] = [];
    await trainWith({ ...args, ...stopAfter(1) }, (options) => {
      if (options.initial !== undefined) given.push(options.initial);
      return createFakeTrainer(options);
    });
    const file = new URL("model.safetensors", init);
    const { tensors } = await readSafetensorsFile(fileURLToPath(file));
    assertEquals(given.length, 1);
    for (const [name, { shape, bytes }] of tensors) {
      const values = new Float32Array(bytes.slice().buffer);
      assertEquals(given[0]?.get(name), { shape, values }, name);
    }
    const { init: _, ...others } = args;
    await assertRejects(
      () => trainWith({ ...others, isResuming: true }, createFakeTrainer),
      RangeError,
      "Cannot resume the training as it must go on with init",
    );
    await assertRejects(
      () => trainWith({ ...args, init: directory }, createFakeTrainer),
      ReferenceError,
      "config.json",
    );
  });
});
