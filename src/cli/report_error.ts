import { withoutControls, writeRemark } from "./output.ts";
import { GpuError } from "../gpu/gpu_error.ts";
import { UsageError } from "./usage_error.ts";

/** Exit statuses of the program. */
export const STATUS = {
  ok: 0,
  failed: 1,
  misused: 2,
  interrupted: 130,
} as const;

const EXPECTED = [
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  GpuError,
  UsageError,
  ...Object.values(Deno.errors),
];

/**
 * Says on one line of standard error why the program ends.
 *
 * @param error What was thrown.
 * @param isDebug Whether to add where it was thrown.
 * @returns The exit status.
 */
export function reportError(error: unknown, isDebug: boolean): number {
  // Whoever closed the pipe knows that there is no more to read.
  if (error instanceof Deno.errors.BrokenPipe) return STATUS.ok;
  writeRemark(`jakiro: ${describeError(error)}\n`);
  if (isDebug && error instanceof Error) writeRemark(`${error.stack}\n`);
  return error instanceof UsageError ? STATUS.misused : STATUS.failed;
}

/**
 * Puts an error into one line.
 *
 * @param error What was thrown.
 * @returns Its message, marked where it is none that a user can cause.
 */
export function describeError(error: unknown): string {
  const isExpected = EXPECTED.some((type) => error instanceof type) ||
    // An error of the system for which Deno has no class, such as a full disk.
    (error instanceof Error && typeof Reflect.get(error, "code") === "string");
  const text = error instanceof Error ? error.message : String(error);
  const line = withoutControls(text.trim().replaceAll(/\s*[\r\n]+\s*/g, " "));
  if (isExpected && line !== "") return line;
  const name = error instanceof Error ? error.name : "error";
  const reason = line === "" ? "" : `: ${line}`;
  return `unexpected ${name}${reason} (--debug says where)`;
}
