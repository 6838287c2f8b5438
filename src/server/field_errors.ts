import { ApiError } from "./api_error.ts";

const MAX_SHOWN = 64;

/** @throws {ApiError} Always: a field has a value of the wrong type. */
export function refuseType(
  param: string,
  { expected, found }: { readonly expected: string; readonly found: unknown },
): never {
  throw new ApiError(
    `Invalid type for '${param}': expected ${expected}, but got ${
      typeName(found)
    } instead.`,
    { status: 400, param, code: "invalid_type" },
  );
}

/** @throws {ApiError} Always: a field has a value that it may not have. */
export function refuseValue(
  param: string,
  { rule, found, code = "invalid_value" }: {
    readonly rule: string;
    readonly found: unknown;
    readonly code?: string;
  },
): never {
  throw new ApiError(
    `Invalid value for '${param}': expected ${rule}, but got ${
      showValue(found)
    } instead.`,
    { status: 400, param, code },
  );
}

/** @throws {ApiError} Always: a field is missing. */
export function refuseMissing(param: string): never {
  throw new ApiError(`Missing required parameter: '${param}'.`, {
    status: 400,
    param,
    code: "missing_required_parameter",
  });
}

/** @throws {ApiError} Always: no field has this name. */
export function refuseUnknown(param: string): never {
  throw new ApiError(`Unknown parameter: '${param}'.`, {
    status: 400,
    param,
    code: "unknown_parameter",
  });
}

/** @throws {ApiError} Always: a field that others support has no meaning here. */
export function refuseUnsupported(param: string, reason: string): never {
  throw new ApiError(`Unsupported parameter: '${param}' ${reason}.`, {
    status: 400,
    param,
    code: "unsupported_parameter",
  });
}

/** Name of a value's type, with its article. */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty array" : "an array";
  }
  if (typeof value === "number") {
    return Number.isInteger(value) ? "an integer" : "a decimal";
  }
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function showValue(value: unknown): string {
  if (typeof value === "object" && value !== null) return typeName(value);
  const text = typeof value === "string"
    ? JSON.stringify(value)
    : String(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
