import type { GenerateOptions } from "../decode/mod.ts";

/** Options of the answers, which can be changed between them. */
export interface ChatSettings {
  /** Those of the next answer. */
  readonly options: GenerateOptions;
  /**
   * Changes one.
   *
   * @param name Its name.
   * @param value Its value as text; `default` takes it back.
   * @returns Name and new value.
   * @throws {Error} If there is none of that name, or the value breaks its rule.
   */
  set(name: string, value: string): string;
  /** Names and values, a line each. */
  describe(): readonly string[];
}
