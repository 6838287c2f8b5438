/** `a little fish named Fin`, before what is said of it. */
const NAMED = /\b(an? (?:[a-z]+ ){1,3})(?:named|called) [A-Z][a-z]+/;
const INTRODUCED =
  /\bthere (?:was|lived) (an? (?:[a-z]+ ){0,3}[a-z]+)(?= (?:who|that|in|on|at|with|and|was|by|near|under)\b|[.,])/;
const THING = /\bthe ([a-z]{3,})(?=[.,!?])/g;
// Nouns that end many a clause and make no subject.
const NO_SUBJECTS: ReadonlySet<string> = new Set(
  ("day end time way ground floor other others world same first best next rest air middle top side morning " +
    "night evening afternoon place area left right two one new little big good bad old moment distance story")
    .split(" "),
);
// Nouns that one speaks of with "the".
const KNOWN_PLACES: ReadonlySet<string> = new Set(
  "water sun moon sky sea ocean rain snow sand grass park garden beach forest zoo kitchen"
    .split(" "),
);
const MIN_MENTIONS = 2;

/**
 * Says what somebody could have asked for, had the story been an answer: its hero with name, without,
 * and without adjectives, and a thing that it speaks of.
 *
 * @param story A story.
 * @returns `a little fish named Fin`, `a little fish`, `a fish`, `a fish and a crab`; of a story that
 *   introduces nobody, the things alone.
 */
export function storySubjects(story: string): string[] {
  const opening = story.split(/(?<=[.!?]"?)\s/).slice(0, 3).join(" ");
  const named = NAMED.exec(opening);
  const hero = (named?.[1] ?? INTRODUCED.exec(opening)?.[1])?.trim();
  const things = frequentThings(story);
  if (hero === undefined) return things.map(withArticle);
  const noun = hero.split(" ").at(-1) ?? "";
  const plain = withArticle(noun);
  const pairs = things.filter((thing) => thing !== noun)
    .map((thing) => `${plain} and ${withArticle(thing)}`);
  const full = named === null ? [] : [named[0]];
  return [...new Set([...full, hero, plain, ...pairs])];
}

function frequentThings(story: string): string[] {
  const counts = new Map<string, number>();
  for (const [, thing = ""] of story.matchAll(THING)) {
    if (!NO_SUBJECTS.has(thing)) {
      counts.set(thing, (counts.get(thing) ?? 0) + 1);
    }
  }
  return [...counts].filter(([, count]) => count >= MIN_MENTIONS)
    .sort(([, a], [, b]) => b - a).slice(0, 2).map(([thing]) => thing);
}

function withArticle(noun: string): string {
  if (KNOWN_PLACES.has(noun)) return `the ${noun}`;
  if (/[^su]s$/.test(noun)) return noun;
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}
