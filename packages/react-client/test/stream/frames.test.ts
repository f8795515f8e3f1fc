import { hasCode } from "@alder/core/protocol";
import { expect, test } from "vitest";
import { createFrameReader, type Frame } from "../../src/stream/frames.ts";

const event = { seq: 1, fence: 0, at: 5, type: "run.teleported", to: "Mars" };
const view = { runId: "r", seq: 3, cursor: "3-1", steps: {} };

function read(...chunks: string[]): Frame[] {
  const reader = createFrameReader();
  return chunks.flatMap((chunk) => reader.read(new TextEncoder().encode(chunk)));
}

test.each<[string, string[], unknown[]]>([
  [
    "an event, of a type that is not known too",
    [`id: 1-0\ndata: ${JSON.stringify(event)}\n\n`],
    [{ type: "event", event }],
  ],
  [
    "with CRLF, cut between the two",
    [`data: ${JSON.stringify(event)}\r`, "\n\r\n"],
    [{ type: "event", event }],
  ],
  ["a byte order mark", [`\uFEFFdata: ${JSON.stringify(event)}\n\n`], [{ type: "event", event }]],
  ["pings between", [": ping\n\n", ": ping\n\n"], []],
  ["a frame without its end", [`data: ${JSON.stringify(event)}\n`], []],
  ["a reset", [`id: \ndata: {"type":"reset"}\n\n`], [{ type: "reset" }]],
])("reads %s", (_, chunks, expected) => {
  expect(read(...chunks)).toEqual(expected);
});

test("what a server adds to a snapshot beside the run's own state is left out: it would never change again", () => {
  const sent = { type: "snapshot", view: { ...view, workers: { live: 0, notice: "none" } } };
  expect(read(`data: ${JSON.stringify(sent)}\n\n`)).toEqual([{ type: "snapshot", view }]);
});

test.each([
  ["what is no JSON", "<html>"],
  ["null", "null"],
  ["no type", '{"seq":1}'],
  ["no number", '{"type":"status"}'],
  ["a snapshot of nothing", '{"type":"snapshot","view":{}}'],
])("refuses %s", (_, data) => {
  let error: unknown;
  try {
    read(`data: ${data}\n\n`);
  } catch (thrown) {
    error = thrown;
  }
  expect(hasCode(error, "bad_frame")).toBe(true);
});
