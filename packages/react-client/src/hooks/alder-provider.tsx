import { createContext, useContext, type ReactElement, type ReactNode } from "react";
import { createClient, type Client } from "../client.ts";

const ClientContext = createContext<Client | null>(null);

export interface AlderProviderProps {
  readonly client: Client;
  readonly children?: ReactNode;
}

/** Gives a client to the hooks below it; without one they ask the page's own origin. */
export function AlderProvider({ client, children }: AlderProviderProps): ReactElement {
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>;
}

let ownOrigin: Client | undefined;

/** The client given, else the one of the provider, else one for the page's own origin. */
export function useClient(given: Client | undefined): Client {
  const provided = useContext(ClientContext);
  return given ?? provided ?? (ownOrigin ??= createClient());
}
