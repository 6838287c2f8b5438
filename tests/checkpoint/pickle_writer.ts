/** A tensor as `torch.save` pickles it. */
export interface TensorToPickle {
  readonly name: string;
  /** Such as `FloatStorage`. */
  readonly storage: string;
  readonly key: string;
  readonly numElements: number;
  readonly startElements: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly isParameter?: boolean;
}

/** What surrounds the tensors. */
export interface PickleOptions {
  /** Pickles an OrderedDict, as for a module's state dict, or else a dict. Default: true. */
  readonly isOrdered?: boolean;
  /** Versions of modules by name, for `_metadata`. */
  readonly moduleVersions?: Readonly<Record<string, number>>;
}

/** Opcodes one by one, for pickles that no program writes. */
export const OP = {
  proto: (version: number): number[] => [0x80, version],
  stop: [0x2e],
  mark: [0x28],
  none: [0x4e],
  true: [0x88],
  false: [0x89],
  emptyTuple: [0x29],
  emptyDict: [0x7d],
  emptyList: [0x5d],
  tuple: [0x74],
  tuple1: [0x85],
  tuple2: [0x86],
  tuple3: [0x87],
  setItem: [0x73],
  setItems: [0x75],
  reduce: [0x52],
  build: [0x62],
  persistent: [0x51],
  int: (value: number): number[] => [0x4b, value],
  text: (text: string): number[] => {
    const bytes = new TextEncoder().encode(text);
    return [0x58, ...uint32(bytes.length), ...bytes];
  },
  global: (module: string, name: string): number[] => [
    ...new TextEncoder().encode(`c${module}\n${name}\n`),
  ],
  keep: (index: number): number[] => [0x71, index],
  recall: (index: number): number[] => [0x68, index],
} as const;

/** Bytes of a 32-bit integer. */
export function uint32(value: number): number[] {
  return [...new Uint8Array(Uint32Array.of(value).buffer)];
}

/** A pickle of these opcodes, with protocol and end. */
export function pickleOf(
  ...opcodes: readonly (readonly number[])[]
): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([OP.proto(2), ...opcodes, OP.stop].flat());
}

/** Pickles a state dict, byte for byte as CPython does. */
export function pickleStateDict(
  tensors: readonly TensorToPickle[],
  options: PickleOptions = {},
): Uint8Array<ArrayBuffer> {
  return new StateDictPickler().pickle(tensors, options);
}

class StateDictPickler {
  readonly #bytes: number[] = [];
  readonly #memo: Map<string, number> = new Map();
  #numKept = 0;

  pickle(
    tensors: readonly TensorToPickle[],
    { isOrdered = true, moduleVersions }: PickleOptions,
  ): Uint8Array<ArrayBuffer> {
    if (isOrdered) this.#orderedDict();
    else this.#dict();
    this.#setItems(
      tensors.map((tensor) => [tensor.name, () => this.#tensor(tensor)]),
    );
    if (moduleVersions !== undefined) this.#metadata(moduleVersions);
    return pickleOf(this.#bytes);
  }

  #metadata(versions: Readonly<Record<string, number>>): void {
    this.#dict();
    this.#setItems([["_metadata", () => {
      this.#orderedDict();
      this.#setItems(
        Object.entries(versions).map(([name, version]) => [name, () => {
          this.#dict();
          this.#setItems([["version", () => this.#int(version)]]);
        }]),
      );
    }]]);
    this.#add(OP.build);
  }

  #tensor(tensor: TensorToPickle): void {
    if (tensor.isParameter) {
      this.#global("torch._utils", "_rebuild_parameter");
      this.#tensor({ ...tensor, isParameter: false });
      this.#add(OP.true);
      this.#orderedDict();
      this.#add(OP.tuple3);
      this.#keep();
      this.#add(OP.reduce);
      return this.#keep();
    }
    this.#global("torch._utils", "_rebuild_tensor_v2");
    this.#add(OP.mark);
    this.#add(OP.mark);
    this.#text("storage");
    this.#global("torch", tensor.storage);
    this.#text(tensor.key);
    this.#text("cpu");
    this.#int(tensor.numElements);
    this.#add(OP.tuple);
    this.#keep();
    this.#add(OP.persistent);
    this.#int(tensor.startElements);
    this.#sizes(tensor.shape);
    this.#sizes(tensor.strides);
    this.#add(OP.false);
    this.#orderedDict();
    this.#add(OP.tuple);
    this.#keep();
    this.#add(OP.reduce);
    this.#keep();
  }

  #orderedDict(): void {
    this.#global("collections", "OrderedDict");
    this.#add(OP.emptyTuple);
    this.#add(OP.reduce);
    this.#keep();
  }

  #dict(): void {
    this.#add(OP.emptyDict);
    this.#keep();
  }

  #setItems(items: readonly (readonly [string, () => void])[]): void {
    for (let start = 0; start < items.length; start += 1000) {
      const batch = items.slice(start, start + 1000);
      if (batch.length > 1) this.#add(OP.mark);
      for (const [key, write] of batch) {
        this.#text(key);
        write();
      }
      this.#add(batch.length > 1 ? OP.setItems : OP.setItem);
    }
  }

  #sizes(sizes: readonly number[]): void {
    if (sizes.length === 0) return this.#add(OP.emptyTuple);
    if (sizes.length > 3) this.#add(OP.mark);
    for (const size of sizes) this.#int(size);
    const ends = [OP.tuple1, OP.tuple2, OP.tuple3];
    this.#add(ends[sizes.length - 1] ?? OP.tuple);
    this.#keep();
  }

  #int(value: number): void {
    if (value < 2 ** 8) return this.#add(OP.int(value));
    if (value < 2 ** 16) return this.#add([0x4d, value & 0xff, value >> 8]);
    if (value < 2 ** 31) return this.#add([0x4a, ...uint32(value)]);
    const high = Math.floor(value / 2 ** 32);
    this.#add([0x8a, 8, ...uint32(value % 2 ** 32), ...uint32(high)]);
  }

  #text(text: string): void {
    this.#addOnce(`text ${text}`, OP.text(text));
  }

  #global(module: string, name: string): void {
    this.#addOnce(`global ${module} ${name}`, OP.global(module, name));
  }

  #addOnce(key: string, opcode: readonly number[]): void {
    const kept = this.#memo.get(key);
    if (kept === undefined) {
      this.#memo.set(key, this.#numKept);
      this.#add(opcode);
      this.#keep();
    } else this.#add(kept < 256 ? OP.recall(kept) : [0x6a, ...uint32(kept)]);
  }

  #keep(): void {
    const index = this.#numKept++;
    this.#add(index < 256 ? OP.keep(index) : [0x72, ...uint32(index)]);
  }

  #add(opcode: readonly number[]): void {
    this.#bytes.push(...opcode);
  }
}
