/** Readers of streams: plain SSE over sockets of their own. */
import { get, type IncomingMessage } from "node:http";
import { answerParent } from "./answer-parent.ts";
import { monotonicMs } from "./monotonic.ts";

/** What was read since it was asked last, and how late the pieces were, in milliseconds. */
export interface Heard {
  readonly pieces: number;
  readonly lateMs: readonly number[];
}

let lateMs: number[] = [];

answerParent({
  /** Resolves once all of them are answered. */
  async follow(urls: readonly string[]) {
    await Promise.all(urls.map(follow));
  },
  heard(): Heard {
    const heard = { pieces: lateMs.length, lateMs };
    lateMs = [];
    return heard;
  },
});

async function follow(url: string): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false, headers: { accept: "text/event-stream" } }, resolve).on("error", reject);
  });
  if (response.statusCode !== 200) throw new Error(`${url} answers ${response.statusCode}`);
  let rest = "";
  response.setEncoding("utf8");
  response.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("data:")) hear(line.slice(5));
  });
}

function hear(data: string): void {
  const event = JSON.parse(data) as { readonly type: string; readonly delta?: string };
  if (event.type !== "chunk" || event.delta === undefined) return;
  const now = monotonicMs();
  for (const piece of event.delta.split(";")) if (piece !== "") lateMs.push(now - Number(piece));
}
