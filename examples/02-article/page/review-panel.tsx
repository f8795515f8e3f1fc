import { messageOf } from "@alder/core/protocol";
import { useState, type FormEvent } from "react";
import type { Review } from "../src/schemas.ts";

interface ReviewPanelProps {
  readonly onReview: (review: Review) => Promise<unknown>;
}

/** Asks for the word the workflow waits for. */
export function ReviewPanel({ onReview }: ReviewPanelProps) {
  const [note, setNote] = useState("");
  const [isSending, setSending] = useState(false);
  const [refusal, setRefusal] = useState<string>();

  const send = (review: Review) => {
    setSending(true);
    setRefusal(undefined);
    // It stays disabled when all went well: the run goes on, and takes the panel away.
    onReview(review).catch((error: unknown) => {
      setSending(false);
      setRefusal(messageOf(error));
    });
  };
  const revise = (event: FormEvent) => {
    event.preventDefault();
    if (note.trim()) send({ approved: false, note: note.trim() });
  };

  return (
    <section className="review" id="review" aria-labelledby="review-title">
      <h2 id="review-title">Your word on it</h2>
      <p>The workflow waits for you, however long it takes. A note is worked in once.</p>
      <form onSubmit={revise}>
        <label htmlFor="note">What should change?</label>
        <textarea
          id="note"
          name="note"
          rows={3}
          maxLength={2_000}
          value={note}
          placeholder="Shorter, please – or: more about errors"
          onChange={(event) => setNote(event.target.value)}
        />
        {refusal && (
          <p className="refusal" role="alert">
            {refusal}
          </p>
        )}
        <div className="buttons">
          <button
            type="button"
            className="primary"
            disabled={isSending}
            onClick={() => send({ approved: true })}
          >
            Approve as it is
          </button>
          <button type="submit" disabled={isSending || note.trim() === ""}>
            Revise with this note
          </button>
        </div>
      </form>
    </section>
  );
}
