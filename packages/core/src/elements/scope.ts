import { host } from "./host.ts";
import {
  Component,
  createElement,
  Fragment,
  memo,
  Suspense,
  useInsertionEffect,
  useMemo,
  useReducer,
  type ReactElement,
  type ReactNode,
} from "react";
import { PlaceContext, type Place, type RenderScope } from "./place.ts";

interface ScopeProps {
  readonly scope: RenderScope;
}

/** A mounted workflow: its body under a boundary of ours, and beside it the nested workflows its calls wait for. */
export const Scope = memo(function Scope({ scope }: ScopeProps): ReactNode {
  const place = useMemo((): Place => ({ scope, keys: "", chain: null, limits: scope.limits }), [scope]);
  useInsertionEffect(() => {
    scope.onMount();
    return () => scope.onUnmount();
  }, [scope]);
  let inside: ReactElement = createElement(
    Fragment,
    null,
    createElement(BodyPlace, { scope }),
    createElement(NestedScopes, { scope }),
  );
  for (const [context, value] of scope.provided) inside = createElement(context.Provider, { value }, inside);
  return createElement(
    ScopeBoundary,
    { scope },
    host(
      "scope",
      { onDone: (node) => scope.onDone(node), label: scope.label, scopeId: scope.id },
      createElement(PlaceContext.Provider, { value: place }, inside),
    ),
  );
});

/** What a bump renders again. It is mounted while the body is suspended, and the body is not. */
function BodyPlace({ scope }: ScopeProps): ReactNode {
  const [version, bump] = useReducer((count: number) => count + 1, 0);
  scope.bumpBody = bump;
  const suspended = host("pending", { label: `body of ${scope.label}` });
  return createElement(Suspense, { fallback: suspended }, createElement(Body, { scope, version }));
}

/** Only workflow bodies suspend. `version` makes a bump reach the body. */
function Body({ scope }: ScopeProps & { readonly version: number }): ReactNode {
  const { tree, onCommit } = scope.renderBody();
  useInsertionEffect(onCommit);
  return tree;
}

export function NestedScopes({
  scope,
}: {
  scope: Pick<RenderScope, "bumpNested" | "nestedScopes">;
}): ReactNode {
  const [, bump] = useReducer((count: number) => count + 1, 0);
  scope.bumpNested = bump;
  const nested = scope.nestedScopes();
  if (nested.length === 0) return null;
  return host(
    "aside",
    null,
    nested.map((inner) => createElement(Scope, { key: inner.id, scope: inner })),
  );
}

/** A workflow is a boundary of its own: a failure that nothing inside caught is the failure of its call (E7). */
class ScopeBoundary extends Component<
  ScopeProps & { readonly children?: ReactNode },
  { readonly failed: boolean }
> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    this.props.scope.onError(error);
  }

  override render(): ReactNode {
    return this.state.failed ? host("pending", { label: this.props.scope.label }) : this.props.children;
  }
}
