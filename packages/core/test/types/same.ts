// oxlint-disable typescript/no-unnecessary-type-parameters -- what is compared are types
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles when A and B are the same type. Never called: these files are only checked by the compiler. */
export declare function same<A, B>(yes: Equal<A, B>): void;

/** A value of a type, for a file that is never executed. */
export declare function some<T>(): T;
