/**
 * Whether it is React that executes code right now, for us or for somebody who has set state: while we flush, and in
 * React's own microtasks. Not in what it does when the process is idle, which is to render what is suspended once more,
 * to find siblings that could start: ours have started.
 */
let depth = 0;

export function asReact<T>(work: () => T): T {
  depth++;
  try {
    return work();
  } finally {
    depth--;
  }
}

/** True while React renders, commits or runs effects. */
export function isReactWorking(): boolean {
  return depth > 0;
}
