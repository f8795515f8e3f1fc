export interface ModelInfo {
  readonly name: string;
  /** Runs on this machine and only quotes its prompt. */
  readonly isLocal: boolean;
}

/** Says plainly who writes. */
export function ModelNote({ name, isLocal }: ModelInfo) {
  return (
    <footer className="model-note">
      {isLocal ? (
        <p>
          <strong>This runs on the local model.</strong> It came with the example and needs no key. It cannot
          write: it quotes and condenses the passages that were found. Set <code>OPENAI_API_KEY</code> (and,
          where you like, <code>OPENAI_BASE_URL</code> and <code>OPENAI_MODEL</code>) for a language model
          that can.
        </p>
      ) : (
        <p>
          Written by <strong>{name}</strong>.
        </p>
      )}
    </footer>
  );
}
