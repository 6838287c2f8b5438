import { PickleCursor } from "./pickle_cursor.ts";
import { PickleStack } from "./pickle_stack.ts";
import { describePickle, isPickle, type PickleValue } from "./pickle_value.ts";
import { callGlobal, GLOBALS, loadStorage } from "./torch_calls.ts";

const PROTOCOL = 2;

/** Opcodes that `torch.save` writes for a state dict. There are no others. */
const OP = {
  MARK: 0x28,
  EMPTY_TUPLE: 0x29,
  STOP: 0x2e,
  BININT: 0x4a,
  BININT1: 0x4b,
  BININT2: 0x4d,
  NONE: 0x4e,
  BINPERSID: 0x51,
  REDUCE: 0x52,
  BINUNICODE: 0x58,
  BUILD: 0x62,
  GLOBAL: 0x63,
  BINGET: 0x68,
  LONG_BINGET: 0x6a,
  BINPUT: 0x71,
  LONG_BINPUT: 0x72,
  SETITEM: 0x73,
  TUPLE: 0x74,
  SETITEMS: 0x75,
  EMPTY_DICT: 0x7d,
  PROTO: 0x80,
  TUPLE1: 0x85,
  TUPLE2: 0x86,
  TUPLE3: 0x87,
  NEWTRUE: 0x88,
  NEWFALSE: 0x89,
  LONG1: 0x8a,
} as const;

const INST = 0x69;
const STACK_GLOBAL = 0x93;

/** Opcodes with which other pickles reach functions, for error messages. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [0x50, "PERSID"],
  [INST, "INST"],
  [0x6f, "OBJ"],
  [0x81, "NEWOBJ"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x92, "NEWOBJ_EX"],
  [STACK_GLOBAL, "STACK_GLOBAL"],
]);

/**
 * Reads a pickle as `torch.save` writes it for a state dict.
 *
 * A pickle is a program. Of its instructions the few that build such data are followed here, and
 * of the functions it can call the few in `GLOBALS`, which have their own code here. Nothing of
 * Python runs; anything else is refused.
 *
 * Source: Python's `Lib/pickletools.py`, protocol 2.
 *
 * @param bytes The pickle.
 * @param file The file it is in, as error messages name it.
 * @throws {SyntaxError} It is malformed, has another opcode or protocol, or exceeds a bound.
 * @throws {TypeError} It names another function or class, or has a value of the wrong type.
 */
export function parsePickle(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
): PickleValue {
  return new PickleMachine(new PickleCursor(bytes, file)).run();
}

class PickleMachine {
  readonly #cursor: PickleCursor;
  readonly #stack: PickleStack;

  constructor(cursor: PickleCursor) {
    this.#cursor = cursor;
    this.#stack = new PickleStack(cursor);
  }

  run(): PickleValue {
    const cursor = this.#cursor;
    const first = cursor.uint8();
    if (first !== OP.PROTO) cursor.fail("begin with PROTO", `opcode ${first}`);
    const protocol = cursor.uint8();
    if (protocol !== PROTOCOL) {
      cursor.fail(`be of protocol ${PROTOCOL}`, `protocol ${protocol}`);
    }
    for (;;) {
      const opcode = cursor.uint8();
      if (opcode === OP.STOP) break;
      this.#step(opcode);
    }
    const value = this.#stack.pop();
    const isDone = this.#stack.isEmpty && cursor.isAtEnd;
    return isDone ? value : cursor.fail("end with its value", "more");
  }

  #step(opcode: number): void {
    const cursor = this.#cursor;
    const stack = this.#stack;
    switch (opcode) {
      case OP.NONE:
        return stack.push(null);
      case OP.NEWTRUE:
        return stack.push(true);
      case OP.NEWFALSE:
        return stack.push(false);
      case OP.BININT:
        return stack.push(cursor.int32());
      case OP.BININT1:
        return stack.push(cursor.uint8());
      case OP.BININT2:
        return stack.push(cursor.uint16());
      case OP.LONG1:
        return stack.push(cursor.integer(cursor.uint8()));
      case OP.BINUNICODE:
        return stack.push(cursor.text(cursor.uint32()));
      case OP.EMPTY_TUPLE:
        return this.#pushTuple([]);
      case OP.TUPLE1:
        return this.#pushTuple(stack.popMany(1));
      case OP.TUPLE2:
        return this.#pushTuple(stack.popMany(2));
      case OP.TUPLE3:
        return this.#pushTuple(stack.popMany(3));
      case OP.TUPLE:
        return this.#pushTuple(stack.popToMark());
      case OP.EMPTY_DICT:
        return stack.push({ kind: "dict", isOrdered: false, items: new Map() });
      case OP.SETITEM:
        return this.#setItems(stack.popMany(2));
      case OP.SETITEMS:
        return this.#setItems(stack.popToMark());
      case OP.MARK:
        return stack.mark();
      case OP.BINPUT:
        return stack.keep(cursor.uint8());
      case OP.LONG_BINPUT:
        return stack.keep(cursor.uint32());
      case OP.BINGET:
        return stack.recall(cursor.uint8());
      case OP.LONG_BINGET:
        return stack.recall(cursor.uint32());
      case OP.BINPERSID:
        return stack.push(loadStorage(stack.pop(), cursor));
      case OP.GLOBAL:
        return this.#pushGlobal(`${cursor.line()}.${cursor.line()}`);
      case OP.REDUCE:
        return this.#call(stack.popMany(2));
      case OP.BUILD:
        return this.#setAttributes(stack.pop(), stack.top());
      default:
        return this.#refuse(opcode);
    }
  }

  #pushTuple(items: readonly PickleValue[]): void {
    this.#stack.push({ kind: "tuple", items });
  }

  #pushGlobal(name: string): void {
    if (!GLOBALS.has(name)) {
      const names = [...GLOBALS].join(", ");
      this.#cursor.failType(`name nothing but ${names}`, describePickle(name));
    }
    this.#stack.push({ kind: "global", name });
  }

  #call([callee = null, args = null]: readonly PickleValue[]): void {
    this.#stack.push(callGlobal(callee, args, this.#cursor));
  }

  #setItems(items: readonly PickleValue[]): void {
    const dict = this.#stack.top();
    if (!isPickle(dict, "dict")) {
      return this.#cursor.failType("set items of dicts", describePickle(dict));
    }
    for (let index = 0; index < items.length; index += 2) {
      const [key, value] = items.slice(index, index + 2);
      if (typeof key !== "string" || value === undefined) {
        const found = `${describePickle(key)} and ${describePickle(value)}`;
        return this.#cursor.failType("set texts to values", found);
      }
      if (dict.items.has(key)) {
        this.#cursor.fail("set a key once", `${describePickle(key)} again`);
      }
      dict.items.set(key, value);
    }
  }

  /** Of a state dict that is `_metadata`, versions of modules, on which no tensor depends. */
  #setAttributes(state: PickleValue, target: PickleValue): void {
    const isMetadata = isPickle(target, "dict") && target.isOrdered &&
      isPickle(state, "dict") &&
      state.items.size === Number(state.items.has("_metadata"));
    if (isMetadata) return;
    this.#cursor.failType(
      "set no attributes but the _metadata of an OrderedDict",
      `${describePickle(state)} for ${describePickle(target)}`,
    );
  }

  #refuse(opcode: number): never {
    // These two bring a name with them, which says more than the opcode does.
    if (opcode === INST) {
      this.#pushGlobal(`${this.#cursor.line()}.${this.#cursor.line()}`);
    }
    if (opcode === STACK_GLOBAL) {
      this.#pushGlobal(this.#stack.popMany(2).map(String).join("."));
    }
    return this.#cursor.fail(
      "have only the opcodes of a state dict",
      REFUSED.get(opcode) ?? `opcode ${opcode}`,
    );
  }
}
