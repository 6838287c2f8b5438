import { ApiError } from "./api_error.ts";
import { GpuError } from "../decode/mod.ts";
import { ServiceError, type ServiceErrorKind } from "./service_error.ts";

/** Seconds after which a worker that ended has usually been replaced. */
const RESTART_SECONDS = 5;

const LOST = "The model was lost while it ran. Please try again.";

const STATUSES = {
  queueFull: { status: 429, code: "rate_limit_exceeded" },
  workerLost: { status: 503, code: "worker_lost" },
  closing: { status: 503, code: "shutting_down" },
  deadline: { status: 504, code: "deadline_exceeded" },
} as const satisfies Readonly<Record<ServiceErrorKind, unknown>>;

/**
 * Makes the answer of whatever was thrown.
 *
 * What is wrong with a request is found before it runs, so that all else is the service's fault: what devices and Workers
 * say stays here.
 *
 * @param error What was thrown.
 * @returns The answer.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof ServiceError) return fromServiceError(error);
  if (error instanceof GpuError) {
    return new ApiError(
      "The model's device failed. Please try again later.",
      {
        status: 503,
        type: "server_error",
        code: "device_failed",
        headers: { "retry-after": String(RESTART_SECONDS) },
      },
    );
  }
  return new ApiError(
    "The server had an error while processing the request.",
    { status: 500, type: "server_error", code: "internal_error" },
  );
}

function fromServiceError(
  { kind, message, retryAfterSeconds }: ServiceError,
): ApiError {
  const { status, code } = STATUSES[kind];
  const seconds = retryAfterSeconds ??
    (status === 503 ? RESTART_SECONDS : undefined);
  const isLost = kind === "workerLost";
  return new ApiError(isLost ? LOST : message, {
    status,
    type: status === 429 ? "rate_limit_error" : "server_error",
    code,
    headers: seconds === undefined ? {} : { "retry-after": String(seconds) },
  });
}
