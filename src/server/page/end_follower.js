// @ts-check
/// <reference lib="dom" />

/** How near to its end a text is read to its end. Units: CSS pixels. */
const NEAR = 48;

/** Keeps the end of what grows in view, until the reader looks at something else. */
export class EndFollower {
  #scroller;
  #isFollowing = true;

  /**
   * @param {HTMLElement} scroller What scrolls.
   * @param {HTMLElement} content What grows in it.
   */
  constructor(scroller, content) {
    this.#scroller = scroller;
    scroller.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = scroller;
      this.#isFollowing = scrollHeight - scrollTop - clientHeight < NEAR;
    }, { passive: true });
    const observer = new ResizeObserver(() => this.#scroll());
    observer.observe(scroller);
    observer.observe(content);
  }

  /** Lets the end go, until the reader scrolls there. */
  pause() {
    this.#isFollowing = false;
  }

  /** Goes to the end. */
  resume() {
    this.#isFollowing = true;
    this.#scroll();
  }

  #scroll() {
    if (this.#isFollowing) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight;
    }
  }
}
