/**
 * What a reader pays for a stream: folding it, in batches as a connection delivers them, next to adding up the same texts;
 * and what it holds of a stream without end, with all of its text and with a limit.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { emptyView, foldAll, keepText, type RunEvent, type RunView } from "@alder/core/protocol";

const CHUNKS = 100_000;
const STEPS = 20;
const DELTA = "alder ";
const ROUNDS = 5;
const LONG = 1_000_000;
const KEPT = 10_000;

export function benchFold(): void {
  const events = [...beginning(STEPS), ...chunks(0, CHUNKS)];
  console.log(
    `folding ${CHUNKS} chunks of ${STEPS} steps, best of ${ROUNDS}, beside adding up the same text:`,
  );
  for (const size of [events.length, 256, 10, 1]) {
    let bare = Infinity;
    let folded = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      bare = Math.min(
        bare,
        timed(() => addUp(events)),
      );
      folded = Math.min(
        folded,
        timed(() => foldIn(events, size)),
      );
    }
    const label = size === events.length ? "all at once" : `${size} at a time`;
    console.log(
      `  ${label.padEnd(14)} ${folded.toFixed(0).padStart(5)} ms   bare ${bare.toFixed(1)} ms   ratio ${(folded / bare).toFixed(1)}`,
    );
  }
}

/** Heap beyond what there was, in MiB, at quarters of the stream. */
export function benchHistory(): void {
  console.log(
    `heap of a reader of ${LONG} chunks (${(LONG * DELTA.length) / 1e6} M characters), MiB at 1/4, 1/2, 3/4, 1:`,
  );
  for (const [label, maxText] of [
    ["all of the text", Infinity],
    [`${KEPT} characters a stream`, KEPT],
  ] as const) {
    const heap = read(maxText);
    console.log(`  ${label.padEnd(26)} ${heap.map((size) => size.toFixed(1).padStart(6)).join(" ")}`);
  }
}

function read(maxText: number): number[] {
  const size = 250;
  const before = heapUsed();
  const heap: number[] = [];
  let view = foldAll(emptyView("bench"), beginning(STEPS));
  for (let from = 0; from < LONG; from += size) {
    const next = foldAll(view, chunks(from, size));
    view = maxText === Infinity ? next : keepText(next, maxText, view);
    if ((from + size) % (LONG / 4) === 0) heap.push((heapUsed() - before) / 1024 / 1024);
  }
  if (view.seq !== LONG + STEPS + 2) throw new Error("events were lost");
  return heap;
}

function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

function foldIn(events: readonly RunEvent[], size: number): RunView {
  let view = emptyView("bench");
  for (let from = 0; from < events.length; from += size)
    view = foldAll(view, events.slice(from, from + size));
  return view;
}

function addUp(events: readonly RunEvent[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const event of events) {
    if (event.type === "chunk") texts.set(event.step, (texts.get(event.step) ?? "") + event.delta);
  }
  return texts;
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

function beginning(steps: number): RunEvent[] {
  const stamp = { fence: 1, at: 1 };
  const started = Array.from({ length: steps }, (_, index): RunEvent => {
    const step = { step: `s${index}`, parent: null, name: "Draft", key: null, kind: "component" as const };
    return { ...stamp, seq: index + 3, type: "step.started", ...step, place: [index], attempt: 1 };
  });
  return [
    { ...stamp, seq: 1, type: "run.queued", workflow: "bench", input: {}, reason: "started" },
    { ...stamp, seq: 2, type: "run.started", worker: "bench", execution: 1 },
    ...started,
  ];
}

function chunks(from: number, count: number): RunEvent[] {
  return Array.from({ length: count }, (_, index): RunEvent => {
    const number = from + index;
    const step = { step: `s${number % STEPS}`, attempt: 1, stream: "text" };
    const offset = Math.floor(number / STEPS) * DELTA.length;
    return { fence: 1, at: 1, seq: number + STEPS + 3, type: "chunk", ...step, offset, delta: DELTA };
  });
}
