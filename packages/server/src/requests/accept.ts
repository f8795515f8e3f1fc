import type { Context } from "hono";
import { accepts } from "hono/accepts";
import { newlineDelimitedJson, serverSentEvents, type StreamFormat } from "../stream/formats.ts";

/** The format of a stream that a request asks for in `Accept`; undefined where it wants plain JSON. */
export function requestedFormat(context: Context): StreamFormat | undefined {
  const formats = [serverSentEvents, newlineDelimitedJson];
  const contentType = accepts(context, {
    header: "Accept",
    supports: ["application/json", ...formats.map((format) => format.contentType)],
    default: "application/json",
  });
  return formats.find((format) => format.contentType === contentType);
}
