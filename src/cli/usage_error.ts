/** A command line that cannot be followed; the program then exits with status 2. */
export class UsageError extends Error {
  /** @param message One line: the action, what must hold, what is. */
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
