/** What this process has used. */
export interface Usage {
  /** Processor time so far, in milliseconds. */
  readonly processorMs: number;
  /** Bytes, after a garbage collection where there may be one. */
  readonly resident: number;
  readonly heap: number;
}

export function usage(): Usage {
  (globalThis as { gc?: () => void }).gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { processorMs: (user + system) / 1000, resident: rss, heap: heapUsed + external };
}
