import { assertEquals } from "@std/assert";
import { assertError } from "../checkpoint/assert_error.ts";
import { readEntrants } from "../../tools/recipes/entrant.ts";

Deno.test("readEntrants() changes the default recipe as told", () => {
  const text = `{
    "default": {},
    "four": { "numExperts": 4, "learningRate": 0.003, "totalSteps": 7 },
    "eagle": { "kind": "eagle" }
  }`;
  const recipe = { totalSteps: 600 };
  assertEquals(readEntrants(text, 600), [
    { name: "default", kind: "jakiro", numExperts: undefined, recipe },
    {
      name: "four",
      kind: "jakiro",
      numExperts: 4,
      recipe: { ...recipe, learningRate: 0.003, totalSteps: 7 },
    },
    { name: "eagle", kind: "eagle", numExperts: undefined, recipe },
  ]);
});

Deno.test("readEntrants() refuses what is no recipe", () => {
  const cases: [text: string, message: string][] = [
    ["[]", 'Cannot train "the recipes" as it must be an object: found []'],
    ['{"a": 1}', 'Cannot train "a" as it must be an object: found 1'],
    [
      '{"a": {"rate": 1}}',
      'Cannot train "a" as its keys must be a recipe\'s: found "rate"',
    ],
    [
      '{"a": {"kind": "medusa"}}',
      'Cannot train "a" as kind must be one of jakiro, jakiro_star, eagle: found "medusa"',
    ],
    [
      '{"a": {"numExperts": "4"}}',
      'Cannot train "a" as numExperts must be a number: found "4"',
    ],
    [
      '{"a": {"noise": null}}',
      'Cannot train "a" as noise must be a number: found null',
    ],
  ];
  for (const [text, message] of cases) {
    assertError(() => readEntrants(text, 10), [TypeError, message]);
  }
});
