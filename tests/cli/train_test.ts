import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type CliOptions, type CliResult, runCli } from "./_run_cli.ts";
import { readSafetensorsFile } from "../../src/checkpoint/mod.ts";
import { toJson, trainOptions } from "../../src/cli/train.ts";
import { TrainView } from "../../src/cli/train_view.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;
const SMALL = [
  "--tokens=400",
  "--batch=2",
  "--length=16",
  "--steps=8",
  "--evaluate-every=1",
  "--save-every=2",
  "--warmup-steps=2",
  "--seed=9",
  "--backend=wasm",
];

function train(
  out: string,
  args: readonly string[],
  options: CliOptions,
): Promise<CliResult> {
  return runCli([
    "train",
    "--model",
    STORIES,
    `--out=${out}`,
    ...SMALL,
    ...args,
  ], {
    timeoutMs: 300_000,
    ...options,
  });
}

async function readWeights(out: string): Promise<unknown> {
  const { tensors, metadata } = await readSafetensorsFile(
    `${out}/model.safetensors`,
  );
  const values = tensors.values().map(({ name, bytes }) =>
    `${name} ${bytes.toHex()}`
  );
  return { values: [...values], metadata: [...metadata] };
}

Deno.test("train, interrupted, killed and resumed each time, comes to the same weights", async () => {
  await withDirectory(async (directory) => {
    const whole = await train("whole", ["--json", "--quiet"], { directory });
    assertEquals([whole.status, whole.stderr], [0, ""]);
    const { step, isFinished, backend, measured, points } = JSON.parse(
      whole.stdout,
    );
    assertEquals([step, isFinished, backend], [8, true, "wasm"]);
    assert(measured.tokensPerRound >= 1 && measured.plainTokensPerSecond > 0);
    // One before the first step, and one after each.
    assertEquals(points.length, 9);

    const signalOn = { text: "step 3/8", signal: "SIGINT" } as const;
    const stopped = await train("parts", [], { directory, signalOn });
    assertEquals(stopped.status, 130);
    assertStringIncludes(stopped.stderr, "Ctrl-C again leaves at once");
    assertStringIncludes(stopped.stdout, "the same command and --resume");

    const killed = await train("parts", ["--resume"], {
      directory,
      signalOn: { text: "step 5/8", signal: "SIGKILL" },
    });
    assertEquals([killed.status, killed.stdout], [137, ""]);
    const resumed = await train("parts", ["--resume"], { directory });
    assertEquals(resumed.status, 0);
    assertStringIncludes(resumed.stdout, "parts: 8 steps, held-out loss ");
    const [actual, expected] = await Promise.all(
      ["parts", "whole"].map((out) => readWeights(`${directory}/${out}`)),
    );
    assertEquals(actual, expected);

    const generate = [
      "generate",
      "--model",
      STORIES,
      "--seed=4",
      "--max-tokens=30",
    ].concat("--quiet");
    const text = await runCli([...generate, "--draft", "parts", "One day"], {
      directory,
    });
    assertEquals([text.status, text.stderr], [0, ""]);
    const plain = await runCli([...generate, "--draft", "none", "One day"]);
    assertEquals(text.stdout, plain.stdout);
  });
});

Deno.test("train ends with one line where it cannot begin", async () => {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/empty.txt`, "");
    const cases: [string[], number, string][] = [
      [[], 2, "Cannot train as --out must say where the drafter is written"],
      [
        ["--out=x", "--kind=medusa"],
        2,
        'Cannot set --kind as it must be one of jakiro, jakiro_star, eagle: found "medusa"',
      ],
      [
        ["--out=x", "--data=empty.txt"],
        1,
        'Cannot read "empty.txt" as it must hold a text: found none',
      ],
      [
        ["--out=x", "--resume"],
        1,
        'Cannot resume as "x" must hold resume.safetensors',
      ],
    ];
    for (const [args, status, message] of cases) {
      const result = await runCli(["train", ...args], { directory });
      assertEquals([result.status, result.stdout], [status, ""]);
      assert(result.stderr.startsWith(`jakiro: ${message}`), result.stderr);
      assertEquals(result.stderr.split("\n").length, 2);
    }
  });
});

Deno.test("trainOptions() names options as the module does, and takes 0 for no clip", () => {
  assertEquals(
    trainOptions({
      model: "m",
      out: "d",
      steps: 7,
      batch: 2,
      tokens: 5,
      resume: true,
      learningRate: 0.5,
      clipValue: 0,
      clipNorm: 2,
      schedule: "linear",
      data: ["a", "b"],
    }),
    {
      model: "m",
      out: "d",
      numSequences: 2,
      numTokens: 5,
      isResuming: true,
      data: ["a", "b"],
      recipe: {
        totalSteps: 7,
        learningRate: 0.5,
        clipValue: null,
        clipNorm: 2,
        schedule: "linear",
      },
    },
  );
});

Deno.test("toJson() puts the last point of the curves beside all of them", () => {
  const json = JSON.parse(toJson({
    out: "d",
    step: 0,
    isFinished: false,
    backend: "wasm",
    deviceName: "gpu",
    points: [],
    measured: null,
  }));
  assertEquals([json.last, json.points, json.out], [null, [], "d"]);
});

Deno.test("TrainView writes notes, and a line for each measurement, unless it is to be quiet", async () => {
  const losses = {
    loss: 0.5,
    regression: 0.1,
    crossEntropy: 2,
    contrastRegression: 0,
    contrastCrossEntropy: 0,
    gradNorm: 1,
    agreement: 0.4321,
    overlap: 0.3,
    contrastAgreement: 0,
    contrastOverlap: 0,
  };
  const total = 8000;
  const trained = { phase: "train", total } as const;
  const first = { step: 0, trained: null, heldOut: losses };
  const second = { step: 2, trained: losses, heldOut: losses };
  const unknown = { tokensPerSecond: 0, secondsLeft: null };
  const pace = { tokensPerSecond: 1234.5, secondsLeft: 3725 };
  const shown: [boolean, string[]][] = [
    [false, [
      "3 of 4 texts are cut\n",
      "step 0/8000, held out 0.5000, 43.2 % accepted\n",
      "step 2/8000, loss 0.5000, held out 0.5000, 43.2 % accepted, 1,235 tokens/s, 1:02:05 left\n",
    ]],
    [true, []],
  ];
  for (const [isQuiet, expected] of shown) {
    const lines: string[] = [];
    const write = (text: string) => lines.push(text);
    const view = new TrainView({ isQuiet, isTerminal: false, write });
    view.show({ phase: "load", done: 1, total: 2 });
    view.show({ phase: "note", text: "3 of 4 texts are cut" });
    view.show({ ...trained, done: 0, point: null, ...unknown });
    view.show({ ...trained, done: 0, point: first, ...unknown });
    view.show({ ...trained, done: 1, point: first, ...pace });
    view.show({ ...trained, done: 2, point: second, ...pace });
    await view.stop();
    assertEquals(lines, expected);
  }
});
