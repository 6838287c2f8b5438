// @ts-check
/// <reference lib="dom" />

/** How near to its end a text is read to its end. Units: CSS pixels. */
const NEAR = 48;

/**
 * Keeps the end of what grows in view, as long as the reader has not scrolled away from it.
 *
 * @param {HTMLElement} scroller What scrolls.
 * @param {HTMLElement} content What grows in it.
 */
export function followEnd(scroller, content) {
  let isAtEnd = true;
  scroller.addEventListener("scroll", () => {
    const { scrollHeight, scrollTop, clientHeight } = scroller;
    isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR;
  }, { passive: true });
  const observer = new ResizeObserver(() => {
    if (isAtEnd) scroller.scrollTop = scroller.scrollHeight;
  });
  observer.observe(scroller);
  observer.observe(content);
}
