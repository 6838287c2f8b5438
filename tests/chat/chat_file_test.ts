import { assertEquals, assertRejects } from "@std/assert";
import { loadChat, saveChat } from "../../src/chat/chat_file.ts";

const MESSAGES = [
  { role: "system", content: "Be kind" },
  { role: "user", content: 'Tïny "quoted"\n\u0000 text' },
  { role: "assistant", content: "" },
];

async function withDirectory(
  run: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function listNames(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) =>
    name
  );
}

Deno.test("loadChat() gives what saveChat() was given", async () => {
  await withDirectory(async (directory) => {
    const file = `${directory}/a b.json`;
    for (const messages of [MESSAGES, [], MESSAGES.slice(1)]) {
      await saveChat(file, messages);
      assertEquals(await loadChat(file), messages);
    }
    assertEquals(await listNames(directory), ["a b.json"]);
  });
});

Deno.test("saveChat() leaves what was there when it fails", async () => {
  await withDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/folder/in`, { recursive: true });
    await assertRejects(
      () => saveChat(`${directory}/folder`, MESSAGES),
      RangeError,
      "as it must be a file in a folder that can be written to: found",
    );
    await assertRejects(
      () => saveChat(`${directory}/missing/a.json`, MESSAGES),
      RangeError,
      "found NotFound",
    );
    assertEquals(await listNames(directory), ["folder"]);
    assertEquals(await listNames(`${directory}/folder`), ["in"]);
  });
});

Deno.test("saveChat() leaves the old file when writing fails half-way", async () => {
  await withDirectory(async (directory) => {
    const file = `${directory}/a.json`;
    await saveChat(file, MESSAGES);
    const { write } = Deno.FsFile.prototype;
    let numWrites = 0;
    Deno.FsFile.prototype.write = function (bytes): Promise<number> {
      if (numWrites++ > 0) return Promise.reject(new Error("disk full"));
      return write.call(this, bytes.subarray(0, 5));
    };
    try {
      await assertRejects(() => saveChat(file, []), RangeError, "Cannot save");
    } finally {
      Deno.FsFile.prototype.write = write;
    }
    assertEquals(numWrites, 2);
    assertEquals(await loadChat(file), MESSAGES);
    assertEquals(await listNames(directory), ["a.json"]);
  });
});

Deno.test("loadChat() refuses what is no conversation", async () => {
  type ErrorClass = abstract new (...args: never[]) => Error;
  const cases: [string, ErrorClass, string][] = [
    ["", SyntaxError, "JSON"],
    ["[]", TypeError, "it must hold a JSON object"],
    ["{}", TypeError, "must be a list: got undefined"],
    ['{"messages": {}}', TypeError, "must be a list"],
    ['{"messages": [1]}', TypeError, "messages[0] as it must be an object"],
    ['{"messages": [{"role": "user"}]}', TypeError, "messages[0].content"],
    [
      '{"messages": [{"role": 1, "content": "a"}]}',
      TypeError,
      "messages[0].role",
    ],
    [
      '{"messages": [{"role": "assistant", "content": "a"}]}',
      RangeError,
      'messages[0] must be of role user: found "assistant"',
    ],
    [
      '{"messages": [{"role": "system", "content": ""}, {"role": "system", "content": ""}]}',
      RangeError,
      'messages[1] must be of role user: found "system"',
    ],
    [
      '{"messages": [{"role": "user", "content": "a"}]}',
      RangeError,
      "it must end with an answer",
    ],
    ['{"messages": [], "messages": []}', SyntaxError, ""],
  ];
  await withDirectory(async (directory) => {
    const file = `${directory}/a.json`;
    for (const [text, errorClass, message] of cases) {
      await Deno.writeTextFile(file, text);
      await assertRejects(() => loadChat(file), errorClass, message);
    }
    await assertRejects(() => loadChat(`${directory}/b`), ReferenceError);
    await assertRejects(() => loadChat(directory), TypeError);
  });
});

Deno.test("loadChat() passes over fields that it does not know", async () => {
  await withDirectory(async (directory) => {
    const file = `${directory}/a.json`;
    await Deno.writeTextFile(
      file,
      '{"model": "m", "messages": [{"role": "system", "content": "s", "id": 1}]}',
    );
    assertEquals(await loadChat(file), [{ role: "system", content: "s" }]);
  });
});
