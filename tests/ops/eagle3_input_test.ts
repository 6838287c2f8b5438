import { eagle3Input } from "../../src/ops/mod.ts";
import type { Elem } from "../../src/gpu/shader.ts";
import { eagle3Input as twin } from "../reference/eagle3_input.ts";
import { rowWords } from "../reference/lib/rows.ts";
import { assertClose, F16_ROUNDING } from "./_close.ts";
import { openHarness, testBothCuts } from "./_harness.ts";
import { packMatrix } from "./_packed.ts";
import { elemArray, Random } from "./_random.ts";
import { assertRowInvariant, TABLE_BYTES } from "./_row_invariance.ts";

const harness = await openHarness();

// As for rms_norm: D/64 + 64 roundings a term at most, and a root that WGSL lets be two units off.
const RELATIVE = { f32: 100 * 2 ** -24, f16: F16_ROUNDING };

const CASES = harness.elems.flatMap((elem) =>
  [...new Set<Elem>([elem, "f32"])].map((hiddenElem) => ({ elem, hiddenElem }))
);

for (const { elem, hiddenElem } of CASES) {
  testBothCuts(
    harness,
    `eagle3Input() equals its twin over a table of shapes in ${elem} with hidden states in ${hiddenElem}`,
    async () => {
      const random = new Random(1);
      for (
        const [V, D, T, numHidden, sliceRows, isGathered, isResidualNormed] of [
          [1, 4, 1, 1, undefined, false, false],
          [33, 64, 3, 9, undefined, true, false],
          [500, 68, 7, 7, 480, false, true],
          [512, 576, 5, 64, 192, true, true],
        ] as const
      ) {
        // First and last token, and those beside a border of slices, then any.
        const edges = [0, V - 1, (sliceRows ?? V) - 1, (sliceRows ?? 0) % V];
        const row = Array.from({ length: T }, (_, t) => ({
          token: edges[t] ?? random.below(V),
          position: t,
          hiddenRow: random.below(numHidden),
        }));
        const rows = rowWords({ row, firstLogitRow: 0 });
        const w = random.uniform(elem, V * D);
        const hidden = random.uniform(hiddenElem, numHidden * D, 3);
        const inputNorm = random.normals(D);
        const hiddenNorm = random.normals(D);
        const out = harness.empty(T * 2 * D * 4);
        const residual = harness.empty(T * D * 4);
        const eps = 1e-5;
        const op = eagle3Input(harness.gpu, {
          rows: harness.upload(rows),
          w: packMatrix(harness, w, { elem, M: V, K: D, sliceRows }),
          hidden: harness.upload(hidden),
          inputNorm: harness.upload(inputNorm),
          hiddenNorm: harness.upload(hiddenNorm),
          out,
          residual,
          hiddenElem,
          isGathered,
          isResidualNormed,
          eps,
        });
        await harness.run(() => op(T));
        const expected = {
          out: new Float64Array(T * 2 * D),
          residual: new Float64Array(T * D),
        };
        twin({ rows, w, hidden, inputNorm, hiddenNorm, ...expected }, {
          D,
          EPS: eps,
          GATHERED: isGathered,
          NORMED_RESIDUAL: isResidualNormed,
        });
        const label = `[${V}, ${D}], ${T} rows`;
        assertClose(
          await harness.read(out, elemArray(elem, expected.out).fill(NaN)),
          expected.out,
          {
            relative: RELATIVE[elem],
            // What f16 holds least.
            absolute: elem === "f16" ? 2 ** -24 : 0,
            label,
          },
        );
        assertClose(
          await harness.read(residual, new Float32Array(T * D).fill(NaN)),
          expected.residual,
          {
            relative: isResidualNormed ? RELATIVE.f32 : 0,
            label: `${label}: residual`,
          },
        );
      }
    },
  );

  testBothCuts(
    harness,
    `eagle3Input() computes a row bit for bit as it does alone in ${elem} with hidden states in ${hiddenElem}`,
    async () => {
      const [V, D] = [100, 68];
      const random = new Random(2);
      const rows = harness.empty(TABLE_BYTES);
      const rowBytes = 2 * D * (elem === "f16" ? 2 : 4);
      const out = harness.empty(64 * rowBytes);
      const residual = harness.empty(64 * D * 4);
      const op = eagle3Input(harness.gpu, {
        rows,
        w: packMatrix(
          harness,
          random.uniform(elem, V * D),
          { elem, M: V, K: D, sliceRows: 64 },
        ),
        hidden: harness.upload(random.uniform(hiddenElem, 50 * D)),
        inputNorm: harness.upload(random.normals(D)),
        hiddenNorm: harness.upload(random.normals(D)),
        out,
        residual,
        hiddenElem,
        isGathered: true,
        isResidualNormed: false,
        eps: 1e-5,
      });
      await assertRowInvariant(harness, {
        rows,
        row: Array.from({ length: 64 }, (_, position) => ({
          token: random.below(V),
          position,
          hiddenRow: random.below(50),
        })),
        inputs: [],
        outputs: [
          { buffer: out, rowBytes },
          { buffer: residual, rowBytes: D * 4 },
        ],
      }, { op });
    },
  );
}
