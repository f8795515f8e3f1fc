/** Everything that a run may say, in the order a real one would. */
import type { EventBody } from "@alder/core/protocol";

const started = { parent: null, kind: "component", attempt: 1 } as const;

function text(step: string, chunks: readonly string[], attempt = 1): EventBody[] {
  let offset = 0;
  return chunks.map((delta) => {
    const event = { type: "chunk" as const, step, attempt, stream: "text", offset, delta };
    offset += delta.length;
    return event;
  });
}

export const articleEvents: readonly EventBody[] = [
  { type: "status", message: "Searching for “ålders” 🌳", step: null },
  { type: "step.started", step: "research", name: "Research", key: null, place: [0, 0], ...started },
  { type: "log", level: "info", message: "3 sources", fields: { count: 3 }, step: "research" },
  { type: "usage", step: "research", inputTokens: 12, cost: 0.5 },
  { type: "step.completed", step: "research", output: ["one", "two"] },
  { type: "object", name: "outline", value: { title: "Alders", headings: ["Roots"] }, step: null },
  {
    type: "object",
    name: "outline",
    patch: [{ op: "add", path: "/headings/-", value: "Leaves" }],
    step: null,
  },
  { type: "step.started", step: "roots", name: "Draft", key: "Roots", place: [0, 1], ...started },
  { type: "step.started", step: "leaves", name: "Draft", key: "Leaves", place: [0, 2], ...started },
  ...text("leaves", ["🍃 Leaves ", "are\n", "gre"]),
  ...text("roots", ["Roots "]),
  { type: "progress", value: 1, max: 2, step: "roots" },
  {
    type: "step.retrying",
    step: "roots",
    attempt: 1,
    error: { name: "Error", message: "429", code: null, step: "Draft" },
    until: 5,
  },
  { type: "step.started", step: "roots", name: "Draft", key: "Roots", place: [0, 1], ...started, attempt: 2 },
  ...text("roots", ["Roots fix nitrogen. ", "Æther\r\n"], 2),
  { type: "step.completed", step: "roots", output: "Roots fix nitrogen. Æther\r\n" },
  { type: "step.cancelled", step: "leaves" },
  { type: "step.started", step: "review", name: "review", key: null, place: [1], ...started, kind: "signal" },
  { type: "input.requested", step: "review", name: "review", schema: { type: "object" } },
  { type: "input.received", step: "review", name: "review", signal: "s1" },
  { type: "step.completed", step: "review", output: { approved: true } },
];
