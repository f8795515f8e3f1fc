// A language model to try things with, on this machine: speaks the OpenAI protocol and answers from the prompt alone.
//
// 1. A call is counted when it comes in, and once more when it has ended, whatever its end.
// 2. What capacity there is is asked for when a call comes in, before anything is answered.
// 3. A stream ends with `[DONE]`, unless it was cut on purpose or its caller went away.
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { Hono, type Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { z } from "zod";
import { answer, type Answer } from "./answer.ts";
import { createCallLog, type CallLog, type CallReport } from "./call-log.ts";
import { createCapacity, type Capacity, type CapacityOptions, type Refusal } from "./capacity.ts";
import * as protocol from "./chat-protocol.ts";
import { controlSchema, createFaultPlan, type Fault } from "./faults.ts";

export interface ModelServerOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Pause before each token; some 90 make it look like a hosted model. */
  readonly tokenDelayMs?: number;
  /** Unlimited unless given. */
  readonly capacity?: CapacityOptions;
}

export interface ModelServer {
  /** What `OPENAI_BASE_URL` would be. */
  readonly baseUrl: string;
  readonly url: string;
  /** What `GET /calls` answers. */
  report(): CallReport;
  /** What `POST /control` does with `capacity`. */
  change(capacity: CapacityOptions): void;
  close(): Promise<void>;
}

export const modelName = "alder-local-quoter";

type Env = { Bindings: HttpBindings };

export async function startModelServer({
  port = 0,
  tokenDelayMs = 90,
  capacity: initialCapacity = {},
}: ModelServerOptions = {}): Promise<ModelServer> {
  const log = createCallLog(epochMs);
  const capacity = createCapacity(initialCapacity, epochMs());
  const server = createAdaptorServer({ fetch: createModelApp(log, capacity, tokenDelayMs).fetch });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(port, "127.0.0.1", listening);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    baseUrl: `${url}/v1`,
    report: () => log.report(),
    change: (changed) => capacity.change(changed, epochMs()),
    async close() {
      const closed = new Promise((done) => server.close(done));
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}

function createModelApp(log: CallLog, capacity: Capacity, initialTokenDelayMs: number): Hono<Env> {
  const app = new Hono<Env>();
  const faults = createFaultPlan();
  let tokenDelayMs = initialTokenDelayMs;
  let lastId = 0;

  app.get("/v1/models", (c) =>
    c.json({ object: "list", data: [{ id: modelName, object: "model", created: 0, owned_by: "alder" }] }),
  );

  app.post("/v1/chat/completions", async (c) => {
    const request = await readBody(c, protocol.chatRequestSchema);
    if (request instanceof Response) return request;
    const reply = answer(request);
    const id = `call-${++lastId}`;
    const key = c.req.header("idempotency-key") ?? null;
    log.begin({ id, kind: reply.kind, subject: reply.subject, key });
    const tokens = protocol.toUsage(request, protocol.toTokens(reply.text)).total_tokens;
    const refusal = capacity.refuse(tokens, epochMs());
    if (refusal) return refuse(c, id, refusal);
    const fault = faults.take(reply.kind);
    if (fault?.fault === "rate_limit") {
      return refuse(c, id, { outcome: "rate_limit", retryAfterMs: fault.retryAfterSeconds * 1_000 });
    }
    if (fault?.fault === "error") {
      log.end(id, "error");
      c.status(fault.status as 500);
      return c.json(protocol.toErrorBody("server_error", "Something went wrong, as you asked for"));
    }
    const head = { id, created: Math.floor(Date.now() / 1_000), model: request.model };
    return request.stream ? stream(c, request, head, reply, fault) : complete(c, request, head, reply, fault);
  });

  app.get("/calls", (c) => c.json(log.report()));

  app.post("/control", async (c) => {
    const control = await readBody(c, controlSchema);
    if (control instanceof Response) return control;
    if (control.fault) faults.add(control.fault, control.next, control.kind);
    if (control.capacity) capacity.change(control.capacity, epochMs());
    tokenDelayMs = control.tokenDelayMs ?? tokenDelayMs;
    return c.json({ tokenDelayMs });
  });

  return app;

  function refuse(c: Context<Env>, id: string, refusal: Refusal): Response {
    log.end(id, refusal.outcome);
    if (refusal.outcome === "outage") {
      return c.json(protocol.toErrorBody("server_error", "The model is not there, as you asked for"), 503);
    }
    c.header("retry-after", String(Math.ceil(refusal.retryAfterMs / 1_000)));
    c.header("retry-after-ms", String(refusal.retryAfterMs));
    return c.json(protocol.toErrorBody("rate_limit_exceeded", "Too many requests"), 429);
  }

  async function complete(
    c: Context<Env>,
    request: protocol.ChatRequest,
    head: protocol.AnswerHead,
    { text }: Answer,
    fault: Fault | undefined,
  ): Promise<Response> {
    const tokens = protocol.toTokens(text);
    // Nothing is sent while the answer is thought out, so it need not take as long as reading it would.
    await delay(Math.min(1_500, tokenDelayMs * tokens.length));
    if (fault?.fault === "cut" || c.req.raw.signal.aborted) {
      log.end(head.id, fault ? "cut" : "left");
      c.env.outgoing.destroy();
      return c.body(null);
    }
    const usage = protocol.toUsage(request, tokens);
    log.send(head.id, text);
    log.end(head.id, "answered", usage.total_tokens);
    return c.json(protocol.toCompletion(head, text, usage));
  }

  function stream(
    c: Context<Env>,
    request: protocol.ChatRequest,
    head: protocol.AnswerHead,
    { text }: Answer,
    fault: Fault | undefined,
  ): Response {
    const tokens = protocol.toTokens(text);
    const usage = protocol.toUsage(request, tokens);
    return streamSSE(c, async (sse) => {
      const send = (message: object | "[DONE]") =>
        sse.writeSSE({ data: message === "[DONE]" ? message : JSON.stringify(message) });
      await send(protocol.toChunk(head, { role: "assistant", content: "" }));
      for (const [index, token] of tokens.entries()) {
        if (fault?.fault === "cut" && index === fault.afterChunks) {
          // What was written goes out first: a cut comes in the middle of an answer.
          await delay(20);
          log.end(head.id, "cut");
          c.env.outgoing.destroy();
          return;
        }
        if (tokenDelayMs > 0) await delay(tokenDelayMs);
        if (sse.aborted) {
          log.end(head.id, "left");
          return;
        }
        log.send(head.id, token);
        await send(protocol.toChunk(head, { content: token }));
      }
      await send(protocol.toChunk(head, {}, "stop"));
      if (request.stream_options?.include_usage) {
        await send(protocol.toUsageChunk(head, usage));
      }
      await send("[DONE]");
      log.end(head.id, "answered", usage.total_tokens);
    });
  }
}

/** The body as the schema has it, or the answer that says what is wrong with it. */
async function readBody<S extends z.ZodType>(c: Context<Env>, schema: S): Promise<z.output<S> | Response> {
  const body: unknown = await c.req.json().catch(() => undefined);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const message = body === undefined ? "The body is not JSON" : `${issue?.path.join(".")}: ${issue?.message}`;
  return c.json(protocol.toErrorBody("invalid_request_error", message), 400);
}

/** With fractions, and not moved while the program runs: by the log it is told how many calls came in a time. */
function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
