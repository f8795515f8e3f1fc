import type { ReactNode } from "react";

interface ProblemProps {
  readonly title: string;
  readonly message: string;
  readonly code?: string | null | undefined;
  readonly children?: ReactNode;
}

/** Something went wrong, or was stopped: what, and what can be done. */
export function Problem({ title, message, code, children }: ProblemProps) {
  return (
    <section className="problem" role="alert">
      <h2>{title}</h2>
      <p>{message}</p>
      {code && (
        <p>
          <code>{code}</code>
        </p>
      )}
      {children && <div className="buttons">{children}</div>}
    </section>
  );
}
