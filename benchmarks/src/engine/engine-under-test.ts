/** What the benchmark of engines asks of each of them. */
export type ProgramName = "use" | "awaited" | "all" | "parallel" | "sequence";

export interface EngineUnderTest {
  /**
   * Executes the program of `n` steps on a journal that answers at once. Resolves, once it has ended, to what replays
   * it from that journal, parsing included, as another process would have to; to null where the engine has no replay.
   */
  readonly execute: (program: ProgramName, n: number) => Promise<(() => Promise<void>) | null>;
}

/** The inputs of a program's steps. */
export function numbersBelow(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
