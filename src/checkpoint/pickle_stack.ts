import type { PickleCursor } from "./pickle_cursor.ts";
import type { PickleValue } from "./pickle_value.ts";

// A state dict makes about 25 values per tensor, and drafters have fewer than 100 tensors.
const MAX_VALUES = 2 ** 16;
const MAX_MARKS = 32;

/** The values a pickle has made: those on its stack, and those it keeps to use again. */
export class PickleStack {
  readonly #cursor: PickleCursor;
  readonly #values: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo: Map<number, PickleValue> = new Map();
  #numValues = 0;

  /** Is empty; `cursor` is where errors happen. */
  constructor(cursor: PickleCursor) {
    this.#cursor = cursor;
  }

  /** Whether there is nothing on it. */
  get isEmpty(): boolean {
    return this.#values.length === 0 && this.#marks.length === 0;
  }

  /** Puts a value on top. */
  push(value: PickleValue): void {
    if (++this.#numValues > MAX_VALUES) {
      this.#cursor.fail(`make at most ${MAX_VALUES} values`, "more");
    }
    this.#values.push(value);
  }

  /** The value on top. */
  top(): PickleValue {
    const value = this.#values.length > this.#start
      ? this.#values.at(-1)
      : undefined;
    return value === undefined ? this.#failEmpty() : value;
  }

  /** Takes the value on top. */
  pop(): PickleValue {
    const [value] = this.popMany(1);
    return value === undefined ? this.#failEmpty() : value;
  }

  /** Takes values from the top, the lowest first. */
  popMany(count: number): readonly PickleValue[] {
    if (this.#values.length - count < this.#start) this.#failEmpty();
    return this.#values.splice(-count);
  }

  /** Takes the values above the last mark, the lowest first, and the mark. */
  popToMark(): readonly PickleValue[] {
    const start = this.#marks.pop();
    if (start === undefined) {
      return this.#cursor.fail("have a mark on its stack", "none");
    }
    return this.#values.splice(start);
  }

  /** Puts a mark on top. */
  mark(): void {
    if (this.#marks.length >= MAX_MARKS) {
      this.#cursor.fail(`nest at most ${MAX_MARKS} deep`, "more");
    }
    this.#marks.push(this.#values.length);
  }

  /** Keeps the value on top under a number. */
  keep(index: number): void {
    if (index >= MAX_VALUES) {
      this.#cursor.fail(`keep at most ${MAX_VALUES} values`, `${index}`);
    }
    this.#memo.set(index, this.top());
  }

  /** Puts the value kept under a number on top. */
  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) {
      return this.#cursor.fail("recall what it keeps", `number ${index}`);
    }
    this.push(value);
  }

  /** Where the values above the last mark start. */
  get #start(): number {
    return this.#marks.at(-1) ?? 0;
  }

  #failEmpty(): never {
    return this.#cursor.fail("have a value on its stack", "none");
  }
}
