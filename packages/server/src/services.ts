import type { StoreClient } from "@alder/core/client";
import type { ErrorListener } from "./problems/respond.ts";
import type { Validator } from "./requests/validator.ts";
import type { OpenRequests } from "./stream/open-requests.ts";

/** What the routes share. */
export interface Services {
  readonly client: StoreClient;
  readonly validator: Validator;
  readonly requests: OpenRequests;
  readonly bodyLimitBytes: number;
  readonly pingMs: number;
  readonly waitLimitSeconds: number;
  readonly onError: ErrorListener;
}
