import { readChatMessages } from "../../src/text/mod.ts";
import { cleanLine } from "./clean_line.ts";
import type { Conversation, Turn } from "./conversation.ts";

const MIN_WELL_FORMED = 0.75;
const PLAIN = /^[A-Za-z0-9 .,?!'"$%&#:;()+/-]+$/;
const WELL_FORMED = /^["'$]?[A-Z0-9].*[.?!]$/;

/**
 * Reads dialogues, and leaves out what would teach bad habits: lines of other characters than plain
 * English has, and assistants that write without capitals and full stops.
 *
 * @param text JSONL: `messages` and `services` (`Restaurants_1`, say) on each line.
 * @param file Where it is from, as error messages name it.
 * @throws {SyntaxError} A line is not JSON.
 * @throws {TypeError} A line is no dialogue.
 */
export function readDialogues(text: string, file: string): Conversation[] {
  return text.split("\n").filter((line) => line !== "")
    .map((line, index) => parseLine(line, `${file}:${index + 1}`))
    .filter(({ messages }) => isGood(messages));
}

function parseLine(line: string, place: string): Conversation {
  const value = parseJson(line, place);
  const services: unknown = Reflect.get(value, "services");
  if (!Array.isArray(services)) {
    throw new TypeError(
      `Cannot read ${place} as "services" must be a list: ${String(services)}`,
    );
  }
  return {
    topics: services.map((service) => topicOf(String(service))),
    messages: readChatMessages(Reflect.get(value, "messages")).map((
      { role, content },
    ) => ({ role, content: cleanLine(content ?? "") })),
  };
}

function parseJson(line: string, place: string): object {
  try {
    return Object(JSON.parse(line));
  } catch (error) {
    throw new SyntaxError(
      `Cannot read ${place} as it must be JSON: ${
        error instanceof Error ? error.message : error
      }`,
    );
  }
}

/** `rental cars` of `RentalCars_2`. */
function topicOf(service: string): string {
  return service.replace(/_\d+$/, "").replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toLowerCase();
}

function isGood(messages: readonly Turn[]): boolean {
  const answers = messages.filter(({ role }) => role === "assistant");
  const wellFormed = answers.filter(({ content }) => WELL_FORMED.test(content));
  return messages.every(({ content }) => PLAIN.test(content)) &&
    wellFormed.length >= MIN_WELL_FORMED * Math.max(1, answers.length);
}
