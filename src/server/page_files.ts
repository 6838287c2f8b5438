import announcerJs from "./page/announcer.js" with { type: "text" };
import apiErrorJs from "./page/api_error.js" with { type: "text" };
import apiJs from "./page/api.js" with { type: "text" };
import chatCss from "./page/chat.css" with { type: "text" };
import chatJs from "./page/chat.js" with { type: "text" };
import composerJs from "./page/composer.js" with { type: "text" };
import drawTreeJs from "./page/draw_tree.js" with { type: "text" };
import elementJs from "./page/element.js" with { type: "text" };
import endFollowerJs from "./page/end_follower.js" with { type: "text" };
import explainErrorJs from "./page/explain_error.js" with { type: "text" };
import failureJs from "./page/failure.js" with { type: "text" };
import iconSvg from "./page/icon.svg" with { type: "text" };
import indexHtml from "./page/index.html" with { type: "text" };
import pageCss from "./page/page.css" with { type: "text" };
import pageJs from "./page/page.js" with { type: "text" };
import panelsCss from "./page/panels.css" with { type: "text" };
import readEventsJs from "./page/read_events.js" with { type: "text" };
import settingsJs from "./page/settings.js" with { type: "text" };
import settingsViewJs from "./page/settings_view.js" with { type: "text" };
import storageJs from "./page/storage.js" with { type: "text" };
import themeJs from "./page/theme.js" with { type: "text" };
import treeLayoutJs from "./page/tree_layout.js" with { type: "text" };
import treePanelJs from "./page/tree_panel.js" with { type: "text" };
import turnJs from "./page/turn.js" with { type: "text" };
import turnViewJs from "./page/turn_view.js" with { type: "text" };

/** Options of {@linkcode readPageFile}. */
export interface ReadPageFileOptions {
  /** The request's header `if-none-match`: an answer without a body is then enough for a file that it names. */
  readonly ifNoneMatch?: string | null;
}

/** Imported as text, so that the module carries them wherever it is: on a disk, on a server, or compiled. */
const FILES: ReadonlyMap<string, string> = new Map([
  ["/", indexHtml],
  ["/page/announcer.js", announcerJs],
  ["/page/api_error.js", apiErrorJs],
  ["/page/api.js", apiJs],
  ["/page/chat.css", chatCss],
  ["/page/chat.js", chatJs],
  ["/page/composer.js", composerJs],
  ["/page/draw_tree.js", drawTreeJs],
  ["/page/element.js", elementJs],
  ["/page/end_follower.js", endFollowerJs],
  ["/page/explain_error.js", explainErrorJs],
  ["/page/failure.js", failureJs],
  ["/page/icon.svg", iconSvg],
  ["/page/page.css", pageCss],
  ["/page/page.js", pageJs],
  ["/page/panels.css", panelsCss],
  ["/page/read_events.js", readEventsJs],
  ["/page/settings.js", settingsJs],
  ["/page/settings_view.js", settingsViewJs],
  ["/page/storage.js", storageJs],
  ["/page/theme.js", themeJs],
  ["/page/tree_layout.js", treeLayoutJs],
  ["/page/tree_panel.js", treePanelJs],
  ["/page/turn.js", turnJs],
  ["/page/turn_view.js", turnViewJs],
]);

const TYPES: Readonly<Record<string, string>> = {
  "": "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** All that the page may do is load these files and talk to the server that they came from; no text becomes HTML. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/**
 * Reads a file of the page: `/` is the page itself, and what it loads lies under `/page/`.
 *
 * @param path Path of the request's address.
 * @param options What the client has already.
 * @returns The file, or null if the page has none of that name.
 *
 * @example
 * ```ts ignore
 * const file = await readPageFile(new URL(request.url).pathname);
 * if (file !== null) return file;
 * ```
 */
export async function readPageFile(
  path: string,
  options: ReadPageFileOptions = {},
): Promise<Response | null> {
  const text = FILES.get(path);
  if (text === undefined) return null;
  const bytes = new TextEncoder().encode(text);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const etag = `"${hash.toHex()}"`;
  const headers = {
    "cache-control": "no-cache",
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    etag,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
  const { ifNoneMatch } = options;
  if (ifNoneMatch === "*" || ifNoneMatch?.includes(etag)) {
    return new Response(null, { status: 304, headers });
  }
  const type = TYPES[path.split(".")[1] ?? ""] ?? "text/plain";
  return new Response(bytes, { headers: { ...headers, "content-type": type } });
}
