/** Records whose keys come from outside: names that mean something to JavaScript must mean nothing here. */

/** The record's own value; undefined also for `constructor` and its like. */
export function getOwn<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** An assignment to `__proto__` would set the prototype; JSON has it as a property like any other. */
export function setOwn<T>(record: Record<string, T>, key: string, value: T): void {
  if (key !== "__proto__") record[key] = value;
  else Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}
