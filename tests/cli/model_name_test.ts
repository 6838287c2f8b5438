import { assertEquals } from "@std/assert";
import { modelName } from "../../src/cli/model_name.ts";

Deno.test("modelName() is that of the folder, file or repository", () => {
  for (
    const [model, name] of [
      [undefined, "jakiro-chat"],
      ["models/Qwen3-0.6B", "Qwen3-0.6B"],
      ["models/Qwen3-0.6B//", "Qwen3-0.6B"],
      ["C:\\models\\a", "a"],
      ["a.gguf", "a"],
      ["hf:org/name", "org/name"],
      ["hf:org/name@v1:file.gguf", "org/name"],
      ["https://a.example/b/model.Q4.GGUF?download=1", "model.Q4"],
      ["/", "jakiro-chat"],
    ] as const
  ) assertEquals(modelName(model), name);
});
