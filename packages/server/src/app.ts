import { createStoreClient } from "@alder/core/client";
import type { Store } from "@alder/core/store";
import { AlderError } from "@alder/core/protocol";
import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { secureHeaders } from "hono/secure-headers";
import { createErrorHandler, handleUnknownRoute, respondWithProblem } from "./problems/respond.ts";
import type { ErrorListener } from "./problems/respond.ts";
import { createValidator } from "./requests/validator.ts";
import { addCacheRoute } from "./routes/cache.ts";
import { addEventsRoute } from "./routes/events.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { addRunRoutes } from "./routes/runs.ts";
import { addSignalRoute } from "./routes/signals.ts";
import { addStartRoute } from "./routes/start.ts";
import { addWorkflowRoutes } from "./routes/workflows.ts";
import { createHostCheck } from "./security/hosts.ts";
import { createCors, createOriginCheck } from "./security/origins.ts";
import { createOpenRequests } from "./stream/open-requests.ts";

export interface AppOptions {
  /** Where the runs are. The app reads and writes nothing else, and closes it never. */
  readonly store: Store;
  /** Names this server goes by, beside localhost; `"any"` where a proxy in front checks them. */
  readonly allowedHosts?: readonly string[] | "any";
  /** Origins whose pages may call this server, beside its own: `["http://localhost:5173"]`. */
  readonly allowedOrigins?: readonly string[];
  /** The largest body of a request; 1 MiB where absent. */
  readonly bodyLimitBytes?: number;
  /** How long a stream is silent at most; 15 s where absent. */
  readonly pingMs?: number;
  /** The longest that `Prefer: wait` and `?wait=` may wait; 60 s where absent. */
  readonly waitLimitSeconds?: number;
  /** Ends all open streams and waits; their readers come back with their cursors. */
  readonly signal?: AbortSignal;
  /** Told of errors that are the server's or the store's fault; writes to the console where absent. */
  readonly onError?: ErrorListener;
}

/**
 * The API: starts runs, steers them and streams what happens in them, all through the store. Holds no workflow code. Throws
 * `bad_setting`.
 *
 * @example
 * const app = createApp({ store });
 * const response = await app.request("/workflows");
 */
export function createApp(options: AppOptions): Hono {
  const { store, allowedOrigins = [], onError = writeError } = options;
  const { bodyLimitBytes = 1024 * 1024, pingMs = 15_000, waitLimitSeconds = 60 } = options;
  checkLeast("bodyLimitBytes", bodyLimitBytes, 1);
  checkLeast("pingMs", pingMs, 1);
  checkLeast("waitLimitSeconds", waitLimitSeconds, 0);
  const requests = createOpenRequests();
  if (options.signal?.aborted) requests.closeAll();
  options.signal?.addEventListener("abort", requests.closeAll, { once: true });
  const services = {
    client: createStoreClient(store),
    validator: createValidator(),
    requests,
    bodyLimitBytes,
    pingMs,
    waitLimitSeconds,
    onError,
  };

  const app = new Hono();
  app.onError(createErrorHandler(onError));
  app.notFound(handleUnknownRoute);
  // Whether a connection is encrypted is for whoever terminates it to say.
  app.use(secureHeaders({ strictTransportSecurity: false }));
  app.use(createHostCheck(options.allowedHosts ?? []));
  app.use(createCors(allowedOrigins));
  app.use(createOriginCheck(allowedOrigins));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) => {
        const allow = methods.join(", ");
        context.header("allow", allow);
        return respondWithProblem(
          context,
          new AlderError(
            "method_not_allowed",
            `${context.req.path} takes ${allow}, not ${context.req.method}.`,
          ),
        );
      },
    }),
  );
  addHealthRoutes(app, services);
  addWorkflowRoutes(app, services);
  addStartRoute(app, services);
  addRunRoutes(app, services);
  addEventsRoute(app, services);
  addSignalRoute(app, services);
  addCacheRoute(app, services);
  return app;
}

const writeError: ErrorListener = (error, { method, path }) => {
  console.error(`${method} ${path} failed:`, error);
};

function checkLeast(name: string, value: number, least: number): void {
  if (value >= least) return;
  throw new AlderError("bad_setting", `createApp: ${name} is ${value}, but must be a number from ${least}.`);
}
