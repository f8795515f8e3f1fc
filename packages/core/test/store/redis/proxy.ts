/** Connections that can be cut between a request and its answer, or made silent. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** `listening`: it has subscribed something. */
type ConnectionKind = "listening" | "asking";

export interface Proxy {
  readonly url: string;
  /** The next request that contains this text is executed, and its answer lost with the connection, after `meanwhile`. */
  loseAnswerTo(text: string, meanwhile?: () => Promise<void>): void;
  /** How many answers were lost. */
  readonly lost: number;
  /**
   * Nothing passes any more through connections of this kind, in either direction, and none is closed for it. What was
   * sent meanwhile passes when it ends, late.
   */
  silence(kind: ConnectionKind | "all" | "none"): void;
  /** As an address that leads to another server from now on: connections that are there break. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

export async function startProxy(firstPort: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const late: (() => void)[] = [];
  let sought: { readonly text: string; readonly meanwhile: (() => Promise<void>) | undefined } | undefined;
  let silent: ConnectionKind | "all" | "none" = "none";
  let lost = 0;
  let port = firstPort;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let kind: ConnectionKind = "asking";
    let losing: typeof sought;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      sockets.delete(client);
      sockets.delete(upstream);
    };
    const pass = (to: Socket, data: Buffer): void => {
      const send = (): void => void (to.writable && to.write(data));
      if (silent === "all" || silent === kind) late.push(send);
      else send();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end).on("close", end);
    }
    client.on("data", (data) => {
      if (data.includes("ssubscribe")) kind = "listening";
      if (sought !== undefined && data.includes(sought.text)) {
        losing = sought;
        sought = undefined;
      }
      pass(upstream, data);
    });
    upstream.on("data", (data) => {
      if (losing === undefined) return pass(client, data);
      lost += 1;
      void Promise.resolve(losing.meanwhile?.()).finally(end);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswerTo: (text, meanwhile) => void (sought = { text, meanwhile }),
    get lost() {
      return lost;
    },
    silence(kind) {
      silent = kind;
      for (const send of late.splice(0)) send();
    },
    leadTo(other) {
      port = other;
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
