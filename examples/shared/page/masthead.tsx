import type { Connection } from "@alder/react-client";

interface MastheadProps {
  /** Between this page and the server; says nothing of the run, which goes on without either. */
  readonly connection: Connection;
  readonly onNew: (() => void) | undefined;
  /** What the button for it says. */
  readonly newLabel: string;
}

export function Masthead({ connection, onNew, newLabel }: MastheadProps) {
  return (
    <header className="masthead">
      <a className="name" href="/">
        <img src="./leaf.svg" alt="" />
        Alder
      </a>
      <div className="right">
        <span role="status">
          {words[connection] && (
            <span className={`connection ${looks[connection]}`}>{words[connection]}</span>
          )}
        </span>
        {onNew && (
          <button type="button" className="quiet" onClick={onNew}>
            {newLabel}
          </button>
        )}
      </div>
    </header>
  );
}

const words: Record<Connection, string> = {
  idle: "",
  connecting: "Connecting…",
  open: "Live",
  reconnecting: "Reconnecting…",
  closed: "",
  failed: "Not connected",
};

const looks: Record<Connection, string> = {
  idle: "",
  connecting: "",
  open: "is-open",
  reconnecting: "is-broken",
  closed: "",
  failed: "is-broken",
};
