import { assert } from "@std/assert";
import { parsePickle } from "../../src/checkpoint/pickle.ts";
import { describePickle } from "../../src/checkpoint/pickle_value.ts";
import { assertError } from "./assert_error.ts";
import { assertLoaderError } from "./assert_loader_error.ts";
import { OP, pickleOf } from "./pickle_writer.ts";

/** An empty OrderedDict. */
export const ORDERED = [
  ...OP.global("collections", "OrderedDict"),
  ...OP.emptyTuple,
  ...OP.reduce,
];
/** A class of storages. */
export const FLOATS = OP.global("torch", "FloatStorage");
/** What rebuilds tensors. */
export const REBUILD = OP.global("torch._utils", "_rebuild_tensor_v2");
/** All that a pickle may name. */
export const ALLOWED =
  "collections.OrderedDict, torch._utils._rebuild_tensor_v2, torch._utils._rebuild_parameter, " +
  "torch.FloatStorage, torch.HalfStorage, torch.BFloat16Storage, torch.DoubleStorage, " +
  "torch.LongStorage, torch.IntStorage, torch.ShortStorage, torch.CharStorage, " +
  "torch.ByteStorage, torch.BoolStorage";

/** Parses a pickle of these opcodes, and says what it is. */
export const parse = (...opcodes: readonly (readonly number[])[]): string =>
  describePickle(parsePickle(pickleOf(...opcodes), "m.bin"));

/** A tuple of these values. */
export const tuple = (...parts: readonly (readonly number[])[]): number[] => [
  ...OP.mark,
  ...parts.flat(),
  ...OP.tuple,
];

/** Opcodes, and the error that ends them: its message after `its pickle must`. */
export type PickleCase = readonly [
  opcodes: readonly (readonly number[])[],
  error: readonly [typeof TypeError, string],
];
/** Asserts that all are refused so. */
export function assertRefused(cases: readonly PickleCase[]): void {
  for (const [opcodes, [errorClass, expected]] of cases) {
    assertError(() => {
      try {
        parse(...opcodes);
      } catch (error) {
        assertLoaderError(error);
        assert(error instanceof Error);
        error.message = error.message.replace(/ at offset [0-9]+$/, "");
        throw error;
      }
    }, [errorClass, `Cannot read "m.bin" as its pickle must ${expected}`]);
  }
}
