import {
  generateOptions,
  GENERATION_OPTIONS,
  optionFlag,
  OPTIONS,
  type OptionValues,
} from "./option_table.ts";
import type { OptionSpec } from "./option_spec.ts";
import type { ChatSettings } from "../chat/chat_settings.ts";
import type { GenerateOptions } from "../decode/mod.ts";
import { readOption } from "./parse_options.ts";
import { UsageError } from "./usage_error.ts";

type SettingName = (typeof GENERATION_OPTIONS)[number];

/** Settings of a chat that are read and checked as options of the command line are. */
export class ChatOptionSettings implements ChatSettings {
  #values: OptionValues;

  /** @param values What the command line sets. */
  constructor(values: OptionValues) {
    this.#values = values;
  }

  /** Those of the next answer. */
  get options(): GenerateOptions {
    return generateOptions(this.#values);
  }

  /** See {@linkcode ChatSettings.set}: a name as on the command line or in code, `on` or `off` for a flag. */
  set(name: string, value: string): string {
    const setting = findSetting(name);
    const { [setting]: _, ...others } = this.#values;
    const { kind }: OptionSpec<unknown> = OPTIONS[setting];
    const isFlag = kind.valueName === null;
    if (value === "default" || (isFlag && value === "off")) {
      this.#values = others;
    } else {
      const given = isFlag && value === "on" ? "" : value;
      this.#values = { ...others, [setting]: readOption(setting, [given]) };
    }
    return `${settingText(setting)} ${valueText(this.#values[setting])}`;
  }

  /** Names and values, a line each. */
  describe(): readonly string[] {
    return GENERATION_OPTIONS.map((name) =>
      `${settingText(name).padEnd(19)} ${valueText(this.#values[name])}`
    );
  }
}

function findSetting(name: string): SettingName {
  const dashless = name.replace(/^--/, "");
  const found = GENERATION_OPTIONS.find((setting) =>
    setting === dashless || settingText(setting) === dashless
  );
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot set ${JSON.stringify(name)} as it must be one of ${
      GENERATION_OPTIONS.map(settingText).join(", ")
    }`,
  );
}

function settingText(name: SettingName): string {
  return optionFlag(name).slice(2);
}

function valueText(value: OptionValues[SettingName]): string {
  if (value === undefined) return "default";
  if (value === true) return "on";
  if (value instanceof Map) {
    return [...value].map(([id, bias]) => `${id}=${bias}`).join(" ");
  }
  return JSON.stringify(value);
}
