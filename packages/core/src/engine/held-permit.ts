import type { Permit, PermitUse } from "./permit-desk.ts";

/** Nothing was done with it. */
export const UNUSED: PermitUse = { outcome: "none", tokens: 0 };

/** A permit in use: by the attempt that took it, and by steps inside that share its slot. */
export class HeldPermit {
  readonly #permit: Permit;
  #users = 1;
  #use = UNUSED;

  constructor(permit: Permit) {
    this.#permit = permit;
  }

  share(): this {
    this.#users++;
    return this;
  }

  /** `use`: how who took it has used it. */
  leave(use = this.#use): void {
    this.#use = use;
    if (--this.#users === 0) this.#permit.giveBack(this.#use);
  }
}
