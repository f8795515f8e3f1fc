/** Time that passes when nothing else can happen. One thing happens at a time, in the order of its time. */

interface Due {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualTime {
  now = 0;
  #count = 0;
  readonly #due: Due[] = [];
  /** What is known already and is handed out again, the oldest first, before time passes. */
  readonly #known: Due[] = [];

  after(ms: number, run: () => void): void {
    this.#due.push({ at: this.now + ms, order: this.#count++, run });
  }

  /** Hands out what has happened before, as the `order`-th thing. */
  again(order: number, run: () => void): void {
    this.#known.push({ at: this.now, order, run });
  }

  /** Until the promise settles. */
  async pass(until: Promise<unknown>): Promise<"over" | "stuck"> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    until.then(over, over);
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (isOver) return "over";
      const next = takeFirst(this.#known) ?? takeFirst(this.#due);
      if (next === null) return "stuck";
      this.now = Math.max(this.now, next.at);
      next.run();
    }
  }
}

function takeFirst(list: Due[]): Due | null {
  let first = 0;
  for (let index = 1; index < list.length; index++) {
    if (isBefore(list[index]!, list[first]!)) first = index;
  }
  return list.splice(first, 1)[0] ?? null;
}

function isBefore(a: Due, b: Due): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at;
}
