/** A service that speaks the OpenAI API over models in Workers. @module */

export type { AccessRecord } from "./access_record.ts";
export { createHandler } from "./create_handler.ts";
export type { HandlerLimits, HandlerOptions } from "./handler_options.ts";
export {
  openWorkerModel,
  type WorkerModelOptions,
} from "./open_worker_model.ts";
export type { ServedModel } from "./served_model.ts";
export { ServiceError, type ServiceErrorKind } from "./service_error.ts";
export type { WorkerModel } from "./worker_model.ts";
