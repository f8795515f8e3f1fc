/**
 * Who is next in each queue.
 *
 * 1. A tenant stands in the line of a priority exactly while it has a ready run of it.
 * 2. Who comes to a line stands at its end, and so does one of which a run was taken.
 */
import type { RunRow } from "../tables.ts";

/** Numbers of a tenant's ready runs, in order. */
type Line = Map<string, number[]>;

export class Lines {
  readonly #queues = new Map<string, Map<number, Line>>();

  enter({ queue, priority, tenant, number }: RunRow): void {
    const lines = valueOf(this.#queues, queue, () => new Map<number, Line>());
    const line = valueOf(lines, priority, (): Line => new Map());
    const numbers = valueOf(line, tenant, (): number[] => []);
    numbers.splice(placeOf(numbers, number), 0, number);
  }

  leave({ queue, priority, tenant, number }: RunRow): void {
    const lines = this.#queues.get(queue)!;
    const line = lines.get(priority)!;
    const numbers = line.get(tenant)!;
    numbers.splice(placeOf(numbers, number), 1);
    if (numbers.length === 0) line.delete(tenant);
    if (line.size === 0) lines.delete(priority);
  }

  /** The number of the run that is next. */
  next(queue: string): number | undefined {
    const lines = this.#queues.get(queue);
    if (lines === undefined || lines.size === 0) return undefined;
    const line = lines.get(Math.max(...lines.keys()))!;
    // A map is in order of insertion.
    const [numbers] = line.values();
    return numbers![0];
  }

  /** A worker has the run: the tenant was served. */
  take(row: RunRow): void {
    const { queue, priority, tenant } = row;
    this.leave(row);
    const line = this.#queues.get(queue)?.get(priority);
    const numbers = line?.get(tenant);
    if (numbers === undefined) return;
    line!.delete(tenant);
    line!.set(tenant, numbers);
  }
}

function valueOf<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = create();
  map.set(key, made);
  return made;
}

/** Where the number is, or would be. */
function placeOf(numbers: readonly number[], number: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
