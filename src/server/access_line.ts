import type { AccessRecord } from "./access_record.ts";

/** How records are written: a JSON object a line, or for people. */
export type AccessFormat = "json" | "plain";

/**
 * Writes what is known of an answered request on one line.
 *
 * @param record What is known.
 * @param format How to write it.
 * @returns The line, without its end.
 */
export function accessLine(
  record: AccessRecord,
  format: AccessFormat,
): string {
  if (format === "json") return JSON.stringify(record);
  const { time, method, path, status, durationMs, requestId } = record;
  const { model, promptTokens, completionTokens, firstTokenMs } = record;
  return [
    `${time} ${method} ${path} ${status} in ${durationMs} ms`,
    ...record.errorCode === undefined ? [] : [record.errorCode],
    ...model === undefined ? [] : [model],
    ...promptTokens === undefined
      ? []
      : [`${promptTokens} + ${completionTokens ?? 0} tokens`],
    ...firstTokenMs === undefined ? [] : [`first after ${firstTokenMs} ms`],
    requestId,
    ...record.prompt === undefined ? [] : [record.prompt],
  ].join(", ");
}
