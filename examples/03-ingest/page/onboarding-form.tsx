import { useState, type FormEvent } from "react";
import type { Onboarding } from "../src/schemas.ts";

interface OnboardingFormProps {
  readonly isStarting: boolean;
  readonly onStart: (onboarding: Onboarding) => void;
}

/** What is seen before the first customer. */
export function OnboardingForm({ isStarting, onStart }: OnboardingFormProps) {
  const [customer, setCustomer] = useState("");
  const [folder, setFolder] = useState("");

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const name = customer.trim();
    if (name.length >= 2) onStart({ customer: name, ...(folder.trim() && { folder: folder.trim() }) });
  };

  return (
    <section className="beginning">
      <form onSubmit={submit}>
        <label htmlFor="customer">Which customer is new?</label>
        <div className="question-row">
          <input
            id="customer"
            name="customer"
            value={customer}
            onChange={(event) => setCustomer(event.target.value)}
            minLength={2}
            maxLength={80}
            placeholder="Their name"
            autoComplete="off"
            required
          />
          <button type="submit" className="primary" disabled={isStarting}>
            {isStarting ? "Starting…" : "Read their documents"}
          </button>
        </div>
        <details>
          <summary>From a folder of yours</summary>
          <label className="small" htmlFor="folder">
            Its path; without one, the readmes and changelogs of this project’s dependencies are read
          </label>
          <input
            id="folder"
            name="folder"
            value={folder}
            onChange={(event) => setFolder(event.target.value)}
            autoComplete="off"
          />
        </details>
      </form>
      <p className="how">
        Hundreds of documents are summarised, under the limits of a model provider that refuses calls in
        bursts and may be down, and made one profile. Reload this page, kill a worker, switch the provider
        off: no finished call is made again.
      </p>
    </section>
  );
}
