/**
 * A page to render in: happy-dom's document and window, with Node's own network, whose streams are real. To be imported
 * before anything that renders.
 */
import { Window } from "happy-dom";

const page = new Window({ url: "http://page.test/article" });

const names = [
  "document",
  "navigator",
  "location",
  "history",
  "sessionStorage",
  "localStorage",
  "Node",
  "Element",
  "HTMLElement",
  "HTMLIFrameElement",
  "DocumentFragment",
  "MutationObserver",
  "Event",
  "MouseEvent",
  "KeyboardEvent",
  "getComputedStyle",
] as const;

for (const name of names) setGlobal(name, page[name]);
setGlobal("window", page);
setGlobal("addEventListener", page.addEventListener.bind(page));
setGlobal("removeEventListener", page.removeEventListener.bind(page));
setGlobal("IS_REACT_ACT_ENVIRONMENT", true);

/** Puts the page back to where it was at first. */
export function resetPage(): void {
  page.history.replaceState(null, "", "http://page.test/article");
  page.sessionStorage.clear();
  page.localStorage.clear();
}

/** Tells the page, as the browser would. */
export function dispatch(type: "popstate" | "online" | "pageshow" | "visibilitychange"): void {
  const target = type === "visibilitychange" ? page.document : page;
  target.dispatchEvent(new page.Event(type));
}

function setGlobal(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
