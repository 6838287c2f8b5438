/**
 * What reads weights in blocks besides `matmul()`, which matmul_blocks_test.ts tries with every format: that it takes
 * them as the numbers that they are, and each row bit for bit as alone.
 *
 * @module
 */

import { assertGreater } from "@std/assert";
import {
  draftInput,
  eagle3Input,
  embed,
  expertRows,
  matmulAdd,
  matmulChosenAdd,
  matmulChosenSwiglu,
  matmulExperts,
  matmulGelu,
  matmulHidden,
  matmulLinear,
  matmulQkv,
  matmulSwiglu,
  type MatmulVariant,
  type PackedMatrix,
  ropeRowMap,
  swigluRowMap,
  type WeightBlocks,
} from "../../src/ops/mod.ts";
import { assertClose } from "./_close.ts";
import {
  assertRowInvariant,
  type RowLaunches,
  type RowPass,
  TABLE_BYTES,
  VARIANTS,
} from "./_row_invariance.ts";
import { choiceWords, randomChoices } from "./_choices.ts";
import { openHarness, type Words } from "./_harness.ts";
import { packMatrix } from "./_packed.ts";
import { Random } from "./_random.ts";
import { randomBlocks, uploadBlocks } from "./_blocks.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { sequence } from "./_rows.ts";

const harness = await openHarness();
const { gpu } = harness;

/** Columns by format: one with bytes, one with minimums and a highest bit, and super-blocks with minimums and without. */
const FORMATS: readonly (readonly [WeightBlocks, number])[] = [
  ["Q8_0", 544],
  ["Q5_1", 544],
  ["Q4_K", 768],
  ["Q6_K", 768],
];
const CUTS = VARIANTS.filter(({ TILE, SPAN, GROUPS }) =>
  GROUPS === 1 || TILE === 8 || SPAN === 2
);
const NUM_HIDDEN = 50;

type Launches = Readonly<Record<string, RowLaunches>>;

/** What is bound to a matrix `[M, K]`. */
interface Product {
  /** Packed rows of the matrix. */
  readonly M: number;
  /** Columns, where they are others than were asked for. */
  readonly K?: number;
  /** Rows of `x` for each row; default: 1. */
  readonly numInputs?: number;
  /** Packed row of each stored one; default: the same. */
  readonly rowMap?: readonly number[];
  /** Its rows; default: a sequence. */
  readonly row?: RowPass["row"];
  readonly inputs: RowPass["inputs"];
  readonly outputs: RowPass["outputs"];
  /** The same launches, each cut otherwise, by how. */
  readonly bind: (w: PackedMatrix, rows: GPUBuffer) => Launches;
}

/** What a product is made of: `x`, of `K` columns, and something random. */
interface Given {
  readonly random: Random;
  readonly x: GPUBuffer;
  readonly K: number;
}

const empty = (numCols: number): GPUBuffer => harness.empty(72 * numCols * 4);

function cuts(bind: (variant: MatmulVariant) => RowLaunches): Launches {
  return Object.fromEntries(
    CUTS.map((variant) => [JSON.stringify(variant), bind(variant)]),
  );
}

function groupings(bind: (groups: number) => RowLaunches): Launches {
  return Object.fromEntries(
    [1, 8, 32].map((groups) => [`${groups} groups`, bind(groups)]),
  );
}

/** Rows of tokens of a vocabulary that continue hidden states. */
function drafted(random: Random, V: number): RowPass["row"] {
  return Array.from({ length: 64 }, (_, position) => ({
    token: random.below(V),
    position,
    hiddenRow: random.below(NUM_HIDDEN),
  }));
}

/** Choices of 2 of 3 experts. */
function chosen(
  random: Random,
): { numExperts: number; numChosen: number; choice: GPUBuffer; words: Words } {
  const shape = { numExperts: 3, numChosen: 2 };
  const words = choiceWords(randomChoices(random, { T: 64, ...shape }));
  return { ...shape, choice: empty(2 * shape.numChosen), words };
}

const PRODUCTS: Readonly<Record<string, (given: Given) => Product>> = {
  matmulAdd: ({ x, random }) => {
    const M = 40;
    const out = empty(M);
    const bias = harness.upload(random.normals(M));
    return {
      M,
      inputs: [{ buffer: out, values: random.normals(64 * M) }],
      outputs: [{ buffer: out, rowBytes: M * 4 }],
      bind: (w, rows) =>
        cuts((variant) => matmulAdd(gpu, { rows, x, w, bias, out, variant })),
    };
  },
  matmulGelu: ({ x }) => {
    const [out, gates] = [empty(24), empty(4)];
    return {
      M: 26,
      inputs: [],
      outputs: [
        { buffer: out, rowBytes: 24 * 4 },
        { buffer: gates, rowBytes: 4 * 4 },
      ],
      bind: (w, rows) =>
        cuts((variant) => matmulGelu(gpu, { rows, x, w, out, gates, variant })),
    };
  },
  matmulLinear: ({ x, random }) => {
    const M = 40;
    const [out, outElem] = [empty(M), empty(M)];
    const bias = harness.upload(random.normals(M));
    return {
      M,
      inputs: [],
      outputs: [out, outElem].map((buffer) => ({ buffer, rowBytes: M * 4 })),
      bind: (w, rows) =>
        cuts((variant) =>
          matmulLinear(gpu, { rows, x, w, bias, out, outElem, variant })
        ),
    };
  },
  matmulQkv: ({ x, random }) => {
    const [H, G, E] = [3, 1, 8];
    const [q, k, v] = [empty(H * E), empty(G * E), empty(G * E)];
    const rope = harness.upload(random.uniform("f32", 64 * E));
    const shape = { numHeads: H, numKvHeads: G, headDim: E };
    return {
      M: (H + 2 * G) * E,
      rowMap: [
        ...ropeRowMap(H * E, E, 0),
        ...ropeRowMap(G * E, E, H * E),
        ...Array.from({ length: G * E }, (_, row) => (H + G) * E + row),
      ],
      row: sequence(64).map((row, t) => ({ ...row, slot: (7 * t + 3) % 64 })),
      inputs: [],
      outputs: [
        { buffer: q, rowBytes: H * E * 4 },
        { buffer: k, rowBytes: G * E * 4, isBySlot: true },
        { buffer: v, rowBytes: G * E * 4, isBySlot: true },
      ],
      bind: (w, rows) =>
        cuts((variant) =>
          matmulQkv(gpu, {
            ...{ rows, x, w, rope, shape, q, k, v, variant },
            bias: null,
          })
        ),
    };
  },
  matmulSwiglu: ({ x }) => {
    const F = 20;
    const out = empty(F);
    return {
      M: 2 * F,
      rowMap: [...swigluRowMap(F, "gate"), ...swigluRowMap(F, "up")],
      inputs: [],
      outputs: [{ buffer: out, rowBytes: F * 4 }],
      bind: (w, rows) =>
        cuts((variant) =>
          matmulSwiglu(gpu, { rows, x, w, bias: null, out, variant })
        ),
    };
  },
  matmulExperts: ({ x }) => {
    const [F, numExperts] = [12, 2];
    const [out, gates] = [empty(numExperts * F), empty(4)];
    return {
      M: 2 * numExperts * F + 4,
      rowMap: [
        ...swigluRowMap(F, "gate"),
        ...swigluRowMap(F, "up"),
        ...swigluRowMap(F, "gate", 2 * F),
        ...swigluRowMap(F, "up", 2 * F),
        ...Array.from({ length: 4 }, (_, row) => 4 * F + row),
      ],
      inputs: [],
      outputs: [
        { buffer: out, rowBytes: numExperts * F * 4 },
        { buffer: gates, rowBytes: 4 * 4 },
      ],
      bind: (w, rows) =>
        cuts((variant) =>
          matmulExperts(gpu, { rows, x, w, numExperts, out, gates, variant })
        ),
    };
  },
  matmulHidden: ({ x, K, random }) => {
    const [M, numExperts, numBranches] = [40, 3, 2] as const;
    const gates = empty(8);
    const [residual, out] = [empty(M), empty(numBranches * M)];
    const routing = "mixture";
    const experts = { routing, numExperts, gates, numBranches } as const;
    return {
      M,
      // Whole chunks of 64 for each expert.
      K: Math.ceil(K / 192) * 192,
      inputs: [
        { buffer: gates, values: random.normals(64 * 8) },
        { buffer: residual, values: random.normals(64 * M) },
      ],
      outputs: [{ buffer: out, rowBytes: M * 4, numBranches }],
      bind: (w, rows) =>
        cuts((variant) =>
          matmulHidden(gpu, { rows, x, w, experts, residual, out, variant })
        ),
    };
  },
  matmulChosenAdd: ({ x, random }) => {
    const D = 44;
    const { words, ...choices } = chosen(random);
    const stride = expertRows(D);
    const out = empty(D);
    return {
      M: choices.numExperts * stride,
      numInputs: choices.numChosen,
      rowMap: Array.from(
        { length: choices.numExperts * D },
        (_, row) => Math.floor(row / D) * stride + row % D,
      ),
      inputs: [
        { buffer: choices.choice, values: words },
        { buffer: out, values: random.normals(64 * D) },
      ],
      outputs: [{ buffer: out, rowBytes: D * 4 }],
      bind: (w, rows) =>
        groupings((groups) =>
          matmulChosenAdd(gpu, {
            ...{ rows, x, w, ...choices, groups, out },
            hiddenSize: D,
          })
        ),
    };
  },
  matmulChosenSwiglu: ({ x, random }) => {
    const F = 20;
    const { words, ...choices } = chosen(random);
    const { numExperts, numChosen } = choices;
    const stride = expertRows(2 * F);
    const out = empty(numChosen * F);
    return {
      M: numExperts * stride,
      rowMap: Array.from({ length: numExperts }, (_, expert) => [
        ...swigluRowMap(F, "gate", expert * stride),
        ...swigluRowMap(F, "up", expert * stride),
      ]).flat(),
      inputs: [{ buffer: choices.choice, values: words }],
      outputs: [{ buffer: out, rowBytes: numChosen * F * 4 }],
      bind: (w, rows) =>
        groupings((groups) =>
          matmulChosenSwiglu(gpu, {
            ...{ rows, x, w, ...choices, groups, out },
            intermediateSize: F,
          })
        ),
    };
  },
  embed: ({ K, random }) => {
    const V = 100;
    const out = empty(K);
    return {
      M: V,
      row: drafted(random, V),
      inputs: [],
      outputs: [{ buffer: out, rowBytes: K * 4 }],
      bind: (w, rows) => ({ op: embed(gpu, { rows, w, out, scale: 8 }) }),
    };
  },
  draftInput: ({ K, random }) => {
    const V = 100;
    const out = empty(2 * K);
    const hidden = harness.upload(random.uniform("f32", NUM_HIDDEN * K));
    return {
      M: V,
      row: drafted(random, V),
      inputs: [],
      outputs: [{ buffer: out, rowBytes: 2 * K * 4 }],
      bind: (w, rows) => ({ op: draftInput(gpu, { rows, w, hidden, out }) }),
    };
  },
  eagle3Input: ({ K, random }) => {
    const V = 100;
    const [out, residual] = [empty(2 * K), empty(K)];
    const args = {
      hidden: harness.upload(random.uniform("f32", NUM_HIDDEN * K)),
      inputNorm: harness.upload(random.normals(K)),
      hiddenNorm: harness.upload(random.normals(K)),
      hiddenElem: "f32",
      isGathered: true,
      isResidualNormed: false,
      eps: 1e-5,
    } as const;
    return {
      M: V,
      row: drafted(random, V),
      inputs: [],
      outputs: [
        { buffer: out, rowBytes: 2 * K * 4 },
        { buffer: residual, rowBytes: K * 4 },
      ],
      bind: (w, rows) => ({
        op: eagle3Input(gpu, { rows, w, out, residual, ...args }),
      }),
    };
  },
};

/** What 64 rows together write, by output. */
async function compute(
  launches: Launches,
  pass: RowPass,
): Promise<readonly Float32Array[]> {
  const [list] = Object.values(launches);
  if (list === undefined) throw new TypeError("no launches");
  harness.write(pass.rows, rowWords({ row: pass.row, firstLogitRow: 0 }));
  for (const { buffer, values } of pass.inputs) harness.write(buffer, values);
  await harness.run(() => list(64));
  const written = pass.outputs.map(({ buffer, rowBytes, numBranches = 1 }) =>
    [buffer, new Float32Array(64 * numBranches * rowBytes / 4)] as const
  );
  await harness.readAll(written);
  return written.map(([, values]) => values);
}

for (const [index, [name, create]] of Object.entries(PRODUCTS).entries()) {
  Deno.test(`${name}() takes weights in blocks as the numbers that they are, and a row bit for bit as alone`, async () => {
    for (const [which, [format, numCols]] of FORMATS.entries()) {
      const random = new Random(6);
      const x = empty(2 * 768);
      const product = create({ random, x, K: numCols });
      const { M, K = numCols, rowMap, numInputs = 1 } = product;
      const numbers = random.uniform("f32", 64 * numInputs * K);
      const pass: RowPass = {
        rows: harness.empty(TABLE_BYTES),
        row: product.row ?? sequence(64),
        inputs: [{ buffer: x, values: numbers }, ...product.inputs],
        outputs: product.outputs,
      };
      // Scales of super-blocks are multiplied by up to 63.
      const least = numCols === 768 ? 2 ** -13 : 2 ** -9;
      const stored = { format, M: rowMap?.length ?? M, K, least };
      const { matrix, values } = await uploadBlocks(
        harness,
        randomBlocks(random, stored),
        { format, M, K, ...rowMap && { rowMap }, sliceRows: 32 },
      );
      const plain = packMatrix(
        harness,
        Float32Array.from(values),
        { elem: "f32", M, K },
      );
      const expected = await compute(product.bind(plain, pass.rows), pass);
      const launches = product.bind(matrix, pass.rows);
      const actual = await compute(launches, pass);
      for (const [output, should] of expected.entries()) {
        const largest = Math.max(...should.map(Math.abs));
        assertGreater(largest, 0.1);
        assertClose(actual[output] ?? [], should, {
          // Weights are the same f32 numbers, at most rounded once more where a device has no fused multiplication.
          absolute: largest * 2 ** -16,
          label: `${name} of ${format}, output ${output}`,
        });
      }
      // The library of a format is the same in each: one of them here, the others in others.
      if (which === index % FORMATS.length) {
        await assertRowInvariant(harness, pass, launches);
      }
    }
  });
}
