import { PickleCursor } from "./pickle_cursor.ts";
import {
  describePickle,
  type PickleDict,
  type PickleGlobal,
  type PickleValue,
} from "./pickle_value.ts";
import { callGlobal, GLOBALS, loadStorage } from "./torch_calls.ts";

// A state dict makes about 25 values per tensor, and drafters have fewer than 100 tensors.
const MAX_VALUES = 2 ** 16;
const MAX_MARKS = 32;
const PROTOCOL = 2;

/** Opcodes that `torch.save` writes for a state dict; there are no others. */
const OP = {
  BINGET: 0x68,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  BINPERSID: 0x51,
  BINPUT: 0x71,
  BINUNICODE: 0x58,
  BUILD: 0x62,
  EMPTY_DICT: 0x7d,
  EMPTY_TUPLE: 0x29,
  GLOBAL: 0x63,
  LONG1: 0x8a,
  LONG_BINGET: 0x6a,
  LONG_BINPUT: 0x72,
  MARK: 0x28,
  NEWFALSE: 0x89,
  NEWTRUE: 0x88,
  NONE: 0x4e,
  PROTO: 0x80,
  REDUCE: 0x52,
  SETITEM: 0x73,
  SETITEMS: 0x75,
  STOP: 0x2e,
  TUPLE: 0x74,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
} as const;

/** Opcodes with which others call functions, to say by name that they are refused. */
const REFUSED_OPCODES: ReadonlyMap<number, string> = new Map([
  [0x50, "PERSID"],
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x81, "NEWOBJ"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x92, "NEWOBJ_EX"],
  [0x93, "STACK_GLOBAL"],
]);
const INST = 0x69;
const STACK_GLOBAL = 0x93;

/**
 * Reads a pickle as `torch.save` writes it for a state dict. A pickle is a program; of its
 * instructions the few that build such data are followed, and of the functions it can call the few
 * in `GLOBALS`, which have their own code here. Nothing of Python runs, and anything else is
 * refused.
 *
 * Source: Python's `Lib/pickletools.py`, protocol 2.
 *
 * @param bytes The pickle.
 * @param file The file it is in, as error messages name it.
 * @throws {SyntaxError} It is malformed, has another opcode or protocol, or exceeds a bound.
 * @throws {TypeError} It names another function or class, or gives one the wrong arguments.
 */
export function parsePickle(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
): PickleValue {
  return new PickleMachine(new PickleCursor(bytes, file)).run();
}

class PickleMachine {
  readonly #cursor: PickleCursor;
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo: Map<number, PickleValue> = new Map();
  #numValues = 0;

  constructor(cursor: PickleCursor) {
    this.#cursor = cursor;
  }

  run(): PickleValue {
    const cursor = this.#cursor;
    if (cursor.uint8() !== OP.PROTO) cursor.fail("begin with PROTO", "another");
    const protocol = cursor.uint8();
    if (protocol !== PROTOCOL) {
      cursor.fail(`be of protocol ${PROTOCOL}`, `protocol ${protocol}`);
    }
    for (;;) {
      const opcode = cursor.uint8();
      if (opcode === OP.STOP) return this.#finish();
      this.#step(opcode);
    }
  }

  #step(opcode: number): void {
    const cursor = this.#cursor;
    switch (opcode) {
      case OP.NONE:
        return this.#push(null);
      case OP.NEWTRUE:
        return this.#push(true);
      case OP.NEWFALSE:
        return this.#push(false);
      case OP.BININT:
        return this.#push(cursor.int32());
      case OP.BININT1:
        return this.#push(cursor.uint8());
      case OP.BININT2:
        return this.#push(cursor.uint16());
      case OP.LONG1:
        return this.#push(cursor.integer(cursor.uint8()));
      case OP.BINUNICODE:
        return this.#push(cursor.text(cursor.uint32()));
      case OP.EMPTY_TUPLE:
        return this.#pushTuple([]);
      case OP.TUPLE1:
        return this.#pushTuple(this.#popMany(1));
      case OP.TUPLE2:
        return this.#pushTuple(this.#popMany(2));
      case OP.TUPLE3:
        return this.#pushTuple(this.#popMany(3));
      case OP.TUPLE:
        return this.#pushTuple(this.#popToMark());
      case OP.EMPTY_DICT:
        return this.#push({ kind: "dict", items: new Map() });
      case OP.SETITEM:
        return this.#setItems(this.#popMany(2));
      case OP.SETITEMS:
        return this.#setItems(this.#popToMark());
      case OP.MARK:
        return this.#mark();
      case OP.BINPUT:
        return this.#put(cursor.uint8());
      case OP.LONG_BINPUT:
        return this.#put(cursor.uint32());
      case OP.BINGET:
        return this.#get(cursor.uint8());
      case OP.LONG_BINGET:
        return this.#get(cursor.uint32());
      case OP.GLOBAL:
        return this.#push(this.#global());
      case OP.REDUCE:
        return this.#reduce();
      case OP.BINPERSID:
        return this.#push(loadStorage(this.#pop(), cursor));
      case OP.BUILD:
        return this.#build();
      default:
        return this.#refuse(opcode);
    }
  }

  #finish(): PickleValue {
    const value = this.#pop();
    const isDone = this.#stack.length === 0 && this.#marks.length === 0 &&
      this.#cursor.isAtEnd;
    return isDone ? value : this.#cursor.fail("end with its value", "more");
  }

  #push(value: PickleValue): void {
    if (++this.#numValues > MAX_VALUES) {
      this.#cursor.fail(`make at most ${MAX_VALUES} values`, "more");
    }
    this.#stack.push(value);
  }

  #pushTuple(items: readonly PickleValue[]): void {
    this.#push({ kind: "tuple", items });
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.length--;
    return value;
  }

  #popMany(count: number): readonly PickleValue[] {
    if (this.#stack.length - count < (this.#marks.at(-1) ?? 0)) {
      this.#cursor.fail("have a value on its stack", "none");
    }
    return this.#stack.splice(-count);
  }

  #popToMark(): readonly PickleValue[] {
    const start = this.#marks.pop();
    if (start === undefined) return this.#cursor.fail("set a mark", "none");
    return this.#stack.splice(start);
  }

  #top(): PickleValue {
    const isEmpty = this.#stack.length <= (this.#marks.at(-1) ?? 0);
    const value = isEmpty ? undefined : this.#stack.at(-1);
    return value === undefined
      ? this.#cursor.fail("have a value on its stack", "none")
      : value;
  }

  #mark(): void {
    if (this.#marks.length >= MAX_MARKS) {
      this.#cursor.fail(`nest at most ${MAX_MARKS} deep`, "more");
    }
    this.#marks.push(this.#stack.length);
  }

  #put(index: number): void {
    if (index >= MAX_VALUES) {
      this.#cursor.fail(`keep at most ${MAX_VALUES} values`, `${index}`);
    }
    this.#memo.set(index, this.#top());
  }

  #get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) {
      return this.#cursor.fail("recall a value that it keeps", `${index}`);
    }
    this.#push(value);
  }

  #dict(): PickleDict {
    const dict = this.#top();
    const isDict = typeof dict === "object" && dict !== null &&
      (dict.kind === "dict" || dict.kind === "ordered dict");
    return isDict
      ? dict
      : this.#cursor.failType("set items of a dict", describePickle(dict));
  }

  #setItems(items: readonly PickleValue[]): void {
    const { items: dict } = this.#dict();
    for (let index = 0; index < items.length; index += 2) {
      const [key, value] = items.slice(index, index + 2);
      if (typeof key !== "string" || value === undefined) {
        this.#cursor.failType("set values of texts", describePickle(key));
      } else if (dict.has(key)) {
        this.#cursor.fail("set a key once", `${describePickle(key)} again`);
      } else {
        dict.set(key, value);
      }
    }
  }

  #global(): PickleGlobal {
    const name = `${this.#cursor.line()}.${this.#cursor.line()}`;
    if (GLOBALS.has(name)) return { kind: "global", name };
    return this.#refuseGlobal(name);
  }

  #reduce(): void {
    const args = this.#pop();
    const callee = this.#pop();
    this.#push(callGlobal(callee, args, this.#cursor));
  }

  /** Sets attributes: of a state dict `_metadata`, module versions that no tensor depends on. */
  #build(): void {
    const state = this.#pop();
    const target = this.#dict();
    const isMetadata = target.kind === "ordered dict" &&
      typeof state === "object" && state?.kind === "dict" &&
      [...state.items.keys()].every((key) => key === "_metadata");
    if (isMetadata) return;
    this.#cursor.failType(
      "set no attribute but the _metadata of an OrderedDict",
      `${describePickle(state)} for ${describePickle(target)}`,
    );
  }

  #refuse(opcode: number): never {
    if (opcode === INST) this.#refuseGlobal(this.#global().name);
    if (opcode === STACK_GLOBAL) {
      const [module, name] = this.#popMany(2);
      this.#refuseGlobal(`${module}.${name}`);
    }
    return this.#cursor.fail(
      "have only the opcodes of a state dict",
      REFUSED_OPCODES.get(opcode) ?? `opcode ${opcode}`,
    );
  }

  #refuseGlobal(name: string): never {
    const names = [...GLOBALS].join(", ");
    this.#cursor.failType(`name nothing but ${names}`, describePickle(name));
  }
}
