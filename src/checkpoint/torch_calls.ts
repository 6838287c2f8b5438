import type { Dtype } from "./dtype.ts";
import type { PickleCursor } from "./pickle_cursor.ts";
import {
  describePickle,
  isPickle,
  type PickleValue,
  type TorchStorage,
  type TorchTensor,
} from "./pickle_value.ts";

const ORDERED_DICT = "collections.OrderedDict";
const REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2";
const REBUILD_PARAMETER = "torch._utils._rebuild_parameter";

/** Classes of storages, with the type of their elements. */
const STORAGE_DTYPES: ReadonlyMap<string, Dtype> = new Map<string, Dtype>([
  ["torch.FloatStorage", "F32"],
  ["torch.HalfStorage", "F16"],
  ["torch.BFloat16Storage", "BF16"],
  ["torch.DoubleStorage", "F64"],
  ["torch.LongStorage", "I64"],
  ["torch.IntStorage", "I32"],
  ["torch.ShortStorage", "I16"],
  ["torch.CharStorage", "I8"],
  ["torch.ByteStorage", "U8"],
  ["torch.BoolStorage", "BOOL"],
]);

/** All functions and classes that the pickle of a state dict may name. */
export const GLOBALS: ReadonlySet<string> = new Set([
  ORDERED_DICT,
  REBUILD_TENSOR,
  REBUILD_PARAMETER,
  ...STORAGE_DTYPES.keys(),
]);

const MAX_AXES = 8;

/**
 * Does what calling one of `GLOBALS` does in Python.
 *
 * Source: `torch/_utils.py`.
 *
 * @throws {TypeError} It is none that can be called, or not with these arguments.
 */
export function callGlobal(
  callee: PickleValue,
  args: PickleValue,
  cursor: PickleCursor,
): PickleValue {
  const name = isPickle(callee, "global") ? callee.name : null;
  const items = isPickle(args, "tuple") ? args.items : null;
  if (name === ORDERED_DICT && items?.length === 0) {
    return { kind: "dict", isOrdered: true, items: new Map() };
  }
  if (name === REBUILD_TENSOR && items !== null) {
    return rebuildTensor(items) ?? fail(REBUILD_TENSOR, items, cursor);
  }
  if (name === REBUILD_PARAMETER && items !== null) {
    return rebuildParameter(items) ?? fail(REBUILD_PARAMETER, items, cursor);
  }
  const found = `${describePickle(callee)} with ${describePickle(args)}`;
  return cursor.failType("call only what rebuilds tensors and dicts", found);
}

/**
 * Finds the storage that a pickle refers to: it keeps only the file's name and the type in it.
 *
 * Source: `persistent_id` in `torch/serialization.py`.
 *
 * @throws {TypeError} The reference is to something else.
 */
export function loadStorage(
  reference: PickleValue,
  cursor: PickleCursor,
): TorchStorage {
  const items = isPickle(reference, "tuple") ? reference.items : [];
  const [tag, type, key, location, numElements, ...others] = items;
  const dtype = isPickle(type, "global")
    ? STORAGE_DTYPES.get(type.name)
    : undefined;
  const isStorage = tag === "storage" && dtype !== undefined &&
    typeof key === "string" && /^[0-9]{1,20}$/.test(key) &&
    typeof location === "string" && isSize(numElements) &&
    others.length === 0;
  if (isStorage) return { kind: "storage", key, dtype, numElements };
  return cursor.failType(
    'refer only to ("storage", class, digits, device, size)',
    listText(isPickle(reference, "tuple") ? items : [reference]),
  );
}

function rebuildTensor(args: readonly PickleValue[]): TorchTensor | null {
  const [storage, startElements, size, stride] = args;
  const [requiresGrad, hooks, ...others] = args.slice(4);
  const shape = readSizes(size);
  const strides = readSizes(stride);
  const isTensor = isPickle(storage, "storage") && isSize(startElements) &&
    shape !== null && shape.length === strides?.length &&
    typeof requiresGrad === "boolean" && isNoHooks(hooks) &&
    others.length === 0;
  if (!isTensor) return null;
  return { kind: "tensor", storage, startElements, shape, strides };
}

function rebuildParameter(args: readonly PickleValue[]): TorchTensor | null {
  const [tensor, requiresGrad, hooks, ...others] = args;
  const isParameter = isPickle(tensor, "tensor") &&
    typeof requiresGrad === "boolean" && isNoHooks(hooks) &&
    others.length === 0;
  return isParameter ? tensor : null;
}

function fail(
  name: string,
  args: readonly PickleValue[],
  cursor: PickleCursor,
): never {
  const rule = name === REBUILD_TENSOR
    ? "(storage, start, sizes, strides, bool, no hooks)"
    : "(tensor, bool, no hooks)";
  return cursor.failType(`call ${name} with ${rule}`, listText(args));
}

function listText(values: readonly PickleValue[]): string {
  const texts = values.slice(0, MAX_AXES).map(describePickle);
  if (values.length > texts.length) texts.push("…");
  return `(${texts.join(", ")})`;
}

function readSizes(value: PickleValue | undefined): readonly number[] | null {
  if (!isPickle(value, "tuple") || value.items.length > MAX_AXES) return null;
  return value.items.every(isSize) ? value.items : null;
}

function isNoHooks(value: PickleValue | undefined): boolean {
  return isPickle(value, "dict") && value.isOrdered && value.items.size === 0;
}

function isSize(value: PickleValue | undefined): value is number {
  return typeof value === "number" && value >= 0;
}
