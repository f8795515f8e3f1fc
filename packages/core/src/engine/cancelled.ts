import { AlderError } from "../errors/alder-error.ts";

/** What the awaits of a body that was cancelled reject with (E6). */
export const CANCELLED = new AlderError(
  "cancelled",
  "this step was cancelled: what it is part of has ended without it",
);
