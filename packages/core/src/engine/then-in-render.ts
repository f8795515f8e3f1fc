import { AlderError } from "../errors/alder-error.ts";

/** Somebody awaits a call of a render body. */
export function thenInRender(label: string): AlderError {
  return new AlderError(
    "then_in_render",
    `a call was awaited, or then(), catch() or finally() of it was called, in the render body of workflow ${label}, ` +
      `which is executed again when a result is there and is never called back: ` +
      `read the call with use(), catch its failure with a <Catch> around its element, or make the body async and await it`,
    { details: { workflow: label } },
  );
}
