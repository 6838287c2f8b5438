import { assertEquals } from "@std/assert";
import { readStories } from "../../../tools/corpus/read_stories.ts";
import { storySubjects } from "../../../tools/corpus/story_subjects.ts";

Deno.test("storySubjects() names the hero, in more and fewer words, and a thing", () => {
  assertEquals(
    storySubjects(
      "One day, a brave little fish named Fin swam. He saw the crab. He liked the crab.",
    ),
    [
      "a brave little fish named Fin",
      "a brave little fish",
      "a fish",
      "a fish and a crab",
    ],
  );
  assertEquals(storySubjects("Once there was an old owl. It slept."), [
    "an old owl",
    "an owl",
  ]);
});

Deno.test("storySubjects() says things alone where nobody is introduced", () => {
  assertEquals(
    storySubjects("Tim went to the park. He loved the park, and the day."),
    ["the park"],
  );
  assertEquals(storySubjects("Tim slept."), []);
});

Deno.test("readStories() keeps whole stories in plain English", () => {
  assertEquals(
    readStories(
      "A cat. “Hi,” it said.\n\nThe end.\n<|endoftext|>\nCafé.\n<|endoftext|>A dog was<|endoftext|>",
    ),
    ['A cat. "Hi," it said.\nThe end.'],
  );
});
