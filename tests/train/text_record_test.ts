import { assertEquals } from "@std/assert";
import { assertError, assertErrorAsync } from "../checkpoint/assert_error.ts";
import { readDataFile } from "../../src/train/data_file.ts";
import { readTextRecords } from "../../src/train/text_record.ts";
import { withDirectory } from "../checkpoint/tiny_model.ts";

const MESSAGES = [
  { role: "user", content: "Hi" },
  { role: "assistant", content: "Hello" },
];

function contents(path: string, text: string): readonly unknown[] {
  return readTextRecords({ path, text, sha256: "" })
    .map(({ content }) => content);
}

Deno.test("readTextRecords() takes plain text apart at end marks and at two blank lines", () => {
  const cases: [string, string[]][] = [
    ["one", ["one"]],
    ["one\n\ntwo\nthree", ["one\n\ntwo\nthree"]],
    [" one\n<|endoftext|>\ntwo\n<|endoftext|>\n", ["one", "two"]],
    ["one\n\n\ntwo\r\n\r\n \r\nthree", ["one", "two", "three"]],
  ];
  for (const [text, expected] of cases) {
    assertEquals(contents("a.txt", text), expected);
  }
});

Deno.test("readTextRecords() reads texts and messages from JSON lines and lists", () => {
  const items = [{ text: "a", id: 1 }, { messages: MESSAGES }];
  const lines = items.map((item) => JSON.stringify(item)).join("\n\n");
  const list = JSON.stringify(items, null, 2);
  for (const [path, text] of [["a.jsonl", lines], ["a.json", list]] as const) {
    assertEquals(contents(path, text), ["a", MESSAGES]);
  }
  assertEquals(contents("a.json", '{"text": "b"}'), ["b"]);
});

Deno.test("readTextRecords() names the line that is wrong", () => {
  const cases: [string, string, [ErrorConstructor, string]][] = [
    [
      "a.jsonl",
      '{"text": "a"}\n\n{"text": ',
      [
        SyntaxError,
        'Cannot read line 3 of "a.jsonl" as it must be JSON: Unexpected end of JSON input',
      ],
    ],
    [
      "a.jsonl",
      '{"question": "a", "answer": "b"}',
      [
        TypeError,
        'Cannot train on line 1 of "a.jsonl" as it must be an object with a "text" or "messages": found "question", "answer"',
      ],
    ],
    [
      "a.json",
      '[{"text": "a"}, 5]',
      [
        TypeError,
        'Cannot train on item 2 of "a.json" as it must be an object with a "text" or "messages": found number',
      ],
    ],
    [
      "a.jsonl",
      '{"messages": [{"role": "user"}]}',
      [
        TypeError,
        'Cannot train on line 1 of "a.jsonl": Cannot read messages[0].content as it must be a string: got undefined',
      ],
    ],
  ];
  for (const [path, text, error] of cases) {
    assertError(() => contents(path, text), error);
  }
});

Deno.test("readDataFile() refuses what is no text", async () => {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/empty.txt`, " \n");
    await Deno.writeFile(`${directory}/bytes.txt`, Uint8Array.of(0xff, 0xfe));
    const cases: [string, [ErrorConstructor, string]][] = [
      ["none.txt", [
        ReferenceError,
        'Cannot read "DIR/none.txt" as it must exist: found nothing there',
      ]],
      [".", [
        TypeError,
        'Cannot read "DIR/." as it must be a file: found a directory',
      ]],
      ["empty.txt", [
        RangeError,
        'Cannot read "DIR/empty.txt" as it must hold a text: found none',
      ]],
      ["bytes.txt", [
        SyntaxError,
        'Cannot read "DIR/bytes.txt" as its text must be UTF-8: found other bytes',
      ]],
    ];
    for (const [name, error] of cases) {
      const run = () => readDataFile(`${directory}/${name}`);
      await assertErrorAsync(run, error, { directory });
    }
  });
});
