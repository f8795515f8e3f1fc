import type { ReactElement } from "react";
import type { Json } from "../internal/json.ts";

declare const notJson: unique symbol;

/** Never inhabited: its argument is the message that the compiler shows. */
export interface NotJson<Message extends string> {
  readonly [notJson]: Message;
}

type Primitive = string | number | boolean | null | undefined | void;
type IsAny<T> = 0 extends 1 & T ? true : false;

/** T where T is JSON, `NotJson` at each place where it is not. Recursive types stay lazy. */
export type AsJson<T> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? T
      : [T] extends [Json | undefined | void]
        ? T
        : T extends Primitive
          ? T
          : T extends bigint
            ? NotJson<"a bigint is not JSON: return a string, or give an output schema">
            : T extends symbol
              ? NotJson<"a symbol is not JSON">
              : T extends (...args: never) => unknown
                ? NotJson<"a function is not JSON">
                : T extends abstract new (...args: never) => unknown
                  ? NotJson<"a class is not JSON">
                  : T extends ReactElement
                    ? NotJson<"a component returns data, not JSX: put JSX in a workflow or a plain function">
                    : T extends PromiseLike<unknown>
                      ? NotJson<"a pending call or promise is not JSON: await it first">
                      : T extends Date
                        ? NotJson<"a Date is not JSON: return toISOString(), or give an output schema with a codec">
                        : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
                          ? NotJson<"a Map or Set is not JSON: use an object or array, or an output schema with a codec">
                          : T extends Opaque
                            ? NotJson<"this class is not JSON: give an output schema with a codec">
                            : { [K in keyof T]: AsJson<T[K]> };

type Opaque = ArrayBuffer | ArrayBufferView | Blob | ReadableStream | Error | RegExp | URL;
