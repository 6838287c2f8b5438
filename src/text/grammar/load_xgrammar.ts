import type * as XGrammar from "@mlc-ai/web-xgrammar";

/** XGrammar in a memory of its own. */
export interface XGrammarInstance {
  /** Its classes. */
  readonly library: typeof XGrammar;
  /** What it has reported since it was last asked. */
  takeReport(): string;
}

/**
 * Makes an instance of XGrammar, whose memory is freed as a whole when nothing refers to it any more.
 *
 * XGrammar aborts where a grammar is wrong, without freeing or unwinding anything: an instance must not be used
 * behind that, nor can others be harmed by it.
 *
 * @returns The instance.
 */
export async function loadXGrammar(): Promise<XGrammarInstance> {
  // The package says that it is a module and is none, so that importing it fails for want of `require`. Its text is a
  // function body as it stands, which needs nothing of a browser or of Node but what is given here.
  const { default: source } = await import(
    "@mlc-ai/web-xgrammar/lib/index.js",
    { with: { type: "text" } }
  );
  const library: Partial<typeof XGrammar> = {};
  const lines: string[] = [];
  const report = (...parts: readonly unknown[]): void => {
    lines.push(parts.join(" "));
  };
  const surroundings = {
    exports: library,
    module: {},
    console: { log: report, warn: report, error: report },
    document: { currentScript: null, baseURI: "file:///" },
    location: undefined,
    process: undefined,
  };
  new Function(...Object.keys(surroundings), source)(
    ...Object.values(surroundings),
  );
  return {
    library: library as typeof XGrammar,
    takeReport: () => lines.splice(0).join("\n"),
  };
}
