import type { ReactNode } from "react";

interface ProblemProps {
  readonly title: string;
  readonly error: { readonly message: string; readonly code: string | null };
  readonly children?: ReactNode;
}

/** Something went wrong, or was stopped: what, and what can be done. */
export function Problem({ title, error, children }: ProblemProps) {
  return (
    <section className="problem" role="alert">
      <h2>{title}</h2>
      <p>{error.message}</p>
      {error.code !== null && (
        <p>
          <code>{error.code}</code>
        </p>
      )}
      {children && <div className="buttons">{children}</div>}
    </section>
  );
}
