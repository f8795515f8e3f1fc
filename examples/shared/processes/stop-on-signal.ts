/** Ctrl-C reaches this process from the terminal, and by npm once more: that is one. */
const sameSignalMs = 250;

/** The second signal ends this process at once, and with it the others, which are killed as it exits. */
export function stopOnSignal(stop: () => Promise<void>): void {
  let firstAt: number | undefined;
  const handle = (): void => {
    if (firstAt === undefined) void stop();
    else if (performance.now() - firstAt > sameSignalMs) process.exit(1);
    firstAt ??= performance.now();
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
}
