/**
 * The frames of a run's stream, read from bytes that may be cut anywhere. A frame that was not read to its end does not
 * exist: it is sent again to whoever comes back with the cursor.
 */
import { AlderError, type RunEvent, type RunView } from "@alder/core/protocol";
import { createParser } from "eventsource-parser";

export type Frame =
  | { readonly type: "event"; readonly event: RunEvent }
  | { readonly type: "snapshot"; readonly view: RunView }
  /** The cursor given does not exist any more. */
  | { readonly type: "reset" };

export interface FrameReader {
  /** The frames that are complete with these bytes. Throws `bad_frame`. */
  read(bytes: Uint8Array): Frame[];
}

export function createFrameReader(): FrameReader {
  const decoder = new TextDecoder();
  let frames: Frame[] = [];
  const parser = createParser({ onEvent: ({ data }) => void frames.push(parseFrame(data)) });
  return {
    read: (bytes) => {
      frames = [];
      parser.feed(decoder.decode(bytes, { stream: true }));
      return frames;
    },
  };
}

function parseFrame(data: string): Frame {
  const value = parseObject(data);
  switch (value?.["type"]) {
    case "reset":
      return { type: "reset" };
    case "snapshot":
      if (isView(value["view"])) return { type: "snapshot", view: toView(value["view"]) };
      break;
    default:
      if (isEvent(value)) return { type: "event", event: value };
  }
  throw new AlderError(
    "bad_frame",
    `The stream holds what is no event: ${data.slice(0, 100)}. It was changed on its way, or does not come from an Alder API.`,
  );
}

function parseObject(data: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: Record<string, unknown> | undefined): value is Record<string, unknown> & RunEvent {
  return typeof value?.["type"] === "string" && Number.isInteger(value["seq"]);
}

function isView(value: unknown): value is RunView & { readonly workers?: unknown } {
  return (
    typeof value === "object" && value !== null && "seq" in value && "cursor" in value && "steps" in value
  );
}

/** What a server adds beside the fold of the stream would never change again. */
function toView({ workers: _workers, ...view }: RunView & { readonly workers?: unknown }): RunView {
  return view;
}
