import { useEffect, useState } from "react";
import type { ModelInfo } from "./model-note.tsx";

/** Which language model writes; undefined until it is known. */
export function useModelInfo(): ModelInfo | undefined {
  const [info, setInfo] = useState<ModelInfo>();
  useEffect(() => {
    const left = new AbortController();
    fetch("/article/info", { signal: left.signal })
      .then(async (response) => (response.ok ? setInfo((await response.json()) as ModelInfo) : undefined))
      // Not knowing it hinders nothing.
      .catch(() => undefined);
    return () => left.abort();
  }, []);
  return info;
}
