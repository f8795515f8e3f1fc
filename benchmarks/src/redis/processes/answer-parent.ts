/** The other end of `startChild`. */
import { messageOf } from "@alder/core/protocol";

interface Question {
  readonly id: number;
  readonly question: string;
  readonly given: never;
}

/** What the parent has said to this process when it was started. */
export function readSettings(): unknown {
  return JSON.parse(process.argv[2] ?? "{}");
}

/** Says that this process is ready, and answers until the parent is gone. */
export function answerParent(answers: Readonly<Record<string, (given: never) => unknown>>): void {
  process.on("message", (message) => void answer(message as Question));
  process.once("disconnect", () => process.exit());
  process.send?.({ id: 0 });

  async function answer({ id, question, given }: Question): Promise<void> {
    try {
      process.send?.({ id, value: await answers[question]!(given) });
    } catch (error) {
      process.send?.({ id, error: messageOf(error) });
    }
  }
}
