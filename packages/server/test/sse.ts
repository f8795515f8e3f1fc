/** Reads streams in the three formats, and byte by byte. */
import type { RunEvent, RunView } from "@alder/core/protocol";
import { createParser } from "eventsource-parser";

export interface Frame {
  readonly id: string | undefined;
  readonly data: RunEvent | { type: "reset" } | { type: "snapshot"; view: RunView & { workers: unknown } };
}

/** The frames of server-sent events. */
export function parseFrames(text: string): Frame[] {
  const frames: Frame[] = [];
  const parser = createParser({
    onEvent: ({ id, data, event }) => {
      if (event !== undefined) throw new Error(`A plain EventSource would not hear of "${event}".`);
      frames.push({ id, data: JSON.parse(data) });
    },
  });
  parser.feed(text);
  return frames;
}

/** The events of newline-delimited JSON. */
export function parseLines(text: string): Frame["data"][] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** Reads a body until what came satisfies `isEnough`, or to its end. */
export async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  isEnough: (text: string) => boolean,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  while (!isEnough(text)) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
  return text;
}
