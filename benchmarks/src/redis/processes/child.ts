/** A process of its own, asked over IPC. It ends with its parent, however that ends. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Child {
  /** What the process answers; rejects with what its answer has thrown, or when it ends. */
  ask<T>(question: string, given?: unknown): Promise<T>;
  stop(): Promise<void>;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** `program`: a file of this folder. Resolves once it says that it is ready. */
export async function startChild(program: string, settings: object): Promise<Child> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  const child = fork(file, [JSON.stringify(settings)]);
  const asked = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let isReady = false;
  let count = 0;
  const ready = new Promise<void>((resolve, reject) => {
    child.on("message", (message) => {
      const { id, value, error } = message as Answer;
      if (id === 0) {
        isReady = true;
        return resolve();
      }
      const waiting = asked.get(id);
      asked.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(`${program}: ${error}`));
    });
    child.once("exit", (code) => {
      const ended = new Error(`${program} ended with ${code}`);
      if (!isReady) reject(ended);
      for (const { reject: fail } of asked.values()) fail(ended);
    });
  });
  await ready;
  return {
    ask: <T>(question: string, given?: unknown) =>
      new Promise<T>((resolve, reject) => {
        asked.set(++count, { resolve: resolve as (value: unknown) => void, reject });
        child.send({ id: count, question, given });
      }),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}
