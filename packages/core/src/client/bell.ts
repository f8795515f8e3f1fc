export interface Bell {
  readonly ring: () => void;
  readonly clear: () => void;
  /** Resolves once it has been rung since it was last cleared. For one waiter at a time. */
  readonly rung: () => Promise<void>;
}

/** Turns callbacks into something one loop can wait for. It stays rung until it is cleared. */
export function createBell(): Bell {
  let isRung = false;
  let wake: (() => void) | undefined;
  return {
    ring: () => {
      isRung = true;
      wake?.();
    },
    clear: () => {
      isRung = false;
    },
    rung: () =>
      new Promise((resolve) => {
        if (isRung) resolve();
        else wake = resolve;
      }),
  };
}
