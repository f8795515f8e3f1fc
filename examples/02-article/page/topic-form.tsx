import { useState, type FormEvent } from "react";

const suggestions = [
  "Streaming text from a language model",
  "Matching files with glob patterns",
  "Terminal colors",
  "Semantic versioning",
];

interface TopicFormProps {
  readonly isStarting: boolean;
  readonly onStart: (topic: string) => void;
}

/** What is seen before the first article: one question. */
export function TopicForm({ isStarting, onStart }: TopicFormProps) {
  const [topic, setTopic] = useState("");

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (topic.trim().length >= 2) onStart(topic.trim());
  };

  return (
    <section className="beginning">
      <form onSubmit={submit}>
        <label htmlFor="topic">What should the article be about?</label>
        <div className="question-row">
          <input
            id="topic"
            name="topic"
            value={topic}
            onChange={(event) => setTopic(event.target.value)}
            minLength={2}
            maxLength={200}
            placeholder="A topic"
            autoComplete="off"
            required
          />
          <button type="submit" className="primary" disabled={isStarting}>
            {isStarting ? "Starting…" : "Write it"}
          </button>
        </div>
      </form>
      <p className="suggestions-lead" id="suggestions">
        or one of these
      </p>
      <ul className="suggestions" aria-labelledby="suggestions">
        {suggestions.map((suggestion) => (
          <li key={suggestion}>
            <button type="button" onClick={() => onStart(suggestion)} disabled={isStarting}>
              {suggestion}
            </button>
          </li>
        ))}
      </ul>
      <p className="how">
        A workflow reads the Markdown files that came with this project’s dependencies, plans an article from
        what they say, writes its sections side by side, and waits for your word before it ends. Reload this
        page, or kill the server and start it again: the article goes on where it was.
      </p>
    </section>
  );
}
