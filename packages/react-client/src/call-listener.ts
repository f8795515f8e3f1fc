/** Calls what was given to us. What it throws is the page's error: reported as uncaught, and nothing here breaks. */
export function callListener(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (typeof reportError === "function") return reportError(error);
    // Node has none yet.
    queueMicrotask(() => {
      throw error;
    });
  }
}
