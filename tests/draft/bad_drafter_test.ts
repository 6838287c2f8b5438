import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { loadModel } from "../../mod.ts";
import { OP, pickleOf } from "../checkpoint/pickle_writer.ts";
import { readPlainly } from "../checkpoint/oracle.ts";
import { torchFiles } from "../checkpoint/torch_writer.ts";
import { runCli } from "../cli/_run_cli.ts";
import {
  type TensorToWrite,
  writeSafetensors,
} from "../../src/checkpoint/mod.ts";
import { writeRandomDrafter } from "./_random_drafter.ts";
import { zipBytes } from "../checkpoint/zip_writer.ts";

const STORIES = new URL("../../weights/stories260k", import.meta.url).pathname;
const KINDS = ["jakiro", "jakiro_star", "eagle", "eagle3"] as const;

async function withDirectory(
  action: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await action(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

for (const kind of KINDS) {
  Deno.test(`loadModel() refuses a ${kind} drafter with one number that is not finite, in a matrix or a vector`, async () => {
    await withDirectory(async (draft) => {
      const file = `${draft}/model.safetensors`;
      for (
        const [name, value] of [
          ["layers.0.self_attn.o_proj.weight", NaN],
          ["layers.0.self_attn.k_proj.weight", -Infinity],
          ["layers.0.post_attention_layernorm.weight", NaN],
          ["layers.0.post_attention_layernorm.weight", Infinity],
        ] as const
      ) {
        await writeRandomDrafter(draft, { kind });
        const bytes = await Deno.readFile(file);
        const start = readPlainly(bytes)?.get(name)?.start;
        assert(start !== undefined);
        new DataView(bytes.buffer).setFloat32(start + 4 * 17, value, true);
        await Deno.writeFile(file, bytes);
        await assertRejects(
          () => loadModel(STORIES, { draft }),
          RangeError,
          "must be finite",
        );
      }
    });
  });
}

Deno.test("loadModel() refuses a drafter that is none, or of another target, and says why", async () => {
  await withDirectory(async (draft) => {
    const config = `${draft}/config.json`;
    const weights = `${draft}/model.safetensors`;
    const refuses = async (
      type: typeof TypeError,
      message: string,
    ): Promise<void> => {
      const error = await assertRejects(
        () => loadModel(STORIES, { draft }),
        type,
      );
      assertEquals(error.message.replaceAll(draft, "DIR"), message);
    };
    await refuses(
      ReferenceError,
      'Cannot open "DIR/config.json" as it must exist: found nothing there',
    );
    await writeRandomDrafter(draft, { kind: "jakiro" });
    const weightBytes = await Deno.readFile(weights);
    await Deno.remove(weights);
    await refuses(
      ReferenceError,
      'Cannot open "DIR" as it must hold model.safetensors or model.safetensors.index.json or pytorch_model.bin: found none',
    );
    await Deno.writeFile(weights, weightBytes);
    const configText = await Deno.readTextFile(config);
    await Deno.writeTextFile(config, configText.slice(0, -1));
    await refuses(
      SyntaxError,
      'Cannot read "DIR/config.json" as it must be JSON with "," or "}" next: found the end of the file at offset 200',
    );
    await Deno.remove(config);
    await Deno.mkdir(config);
    await refuses(
      TypeError,
      'Cannot open "DIR/config.json" as it must be a file: found a directory',
    );
    await Deno.remove(config);
    await writeRandomDrafter(draft, {
      kind: "jakiro",
      config: { hidden_size: 128 },
    });
    await refuses(
      RangeError,
      'Cannot load "DIR/config.json" as "hidden_size" must be the target\'s, 64: found 128',
    );
    await writeRandomDrafter(draft, {
      kind: "eagle",
      config: { vocab_size: 500 },
    });
    await refuses(
      RangeError,
      'Cannot load "DIR/config.json" as "vocab_size" must be the target\'s, 512: found 500',
    );
    await writeRandomDrafter(draft, { kind: "eagle" });
    const eagle = await Deno.readFile(weights);
    await writeRandomDrafter(draft, { kind: "jakiro" });
    await joinTensors(weights, eagle);
    await refuses(
      RangeError,
      'Cannot load "layers.0.mlp.gate_proj.weight" from "DIR/model.safetensors" as a Jakiro drafter with bias true and qkv_bias false must have no such tensor: found F32 [96, 64]',
    );
    await Deno.remove(weights);
    const command = `touch ${draft}/owned`;
    const system = [...OP.global("os", "system"), ...OP.text(command)];
    const pickle = pickleOf([...system, ...OP.tuple1, ...OP.reduce]);
    await Deno.writeFile(
      `${draft}/pytorch_model.bin`,
      zipBytes(torchFiles(pickle, [])),
    );
    const error = await assertRejects(
      () => loadModel(STORIES, { draft }),
      TypeError,
      'found "os.system"',
    );
    assertStringIncludes(error.message, `${draft}/pytorch_model.bin`);
    await assertRejects(
      () => Deno.stat(`${draft}/owned`),
      Deno.errors.NotFound,
    );
  });
});

/** Adds to a file those tensors of another whose names it lacks. */
async function joinTensors(
  file: string,
  other: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const tensors = new Map<string, TensorToWrite>();
  for (const bytes of [other, await Deno.readFile(file)]) {
    for (const [name, { shape, start, end }] of readPlainly(bytes) ?? []) {
      const content = bytes.slice(start, end);
      tensors.set(name, { name, dtype: "F32", shape, bytes: content });
    }
  }
  await writeSafetensors(file, [...tensors.values()]);
}

Deno.test("generate says on one line what is wrong with --draft", async () => {
  await withDirectory(async (draft) => {
    const missing = `${draft}/none`;
    const file = `${draft}/config.json`;
    await writeRandomDrafter(draft, { kind: "jakiro", value: NaN });
    for (
      const [argument, message] of [
        [
          missing,
          `Cannot open "${missing}" as it must exist: found nothing there`,
        ],
        [file, `Cannot open "${file}" as it must be a directory: found a file`],
        [
          draft,
          `Cannot load "fc.bias" as its numbers must be finite: number 0 is NaN`,
        ],
      ] as const
    ) {
      const args = [
        "generate",
        "--model",
        STORIES,
        `--draft=${argument}`,
        "Hi",
      ];
      const { status, stdout, stderr } = await runCli(args);
      assertEquals(
        { status, stdout, stderr },
        { status: 1, stdout: "", stderr: `jakiro: ${message}\n` },
      );
    }
  });
});
