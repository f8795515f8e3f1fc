/** A connection that can be cut between the request and its answer. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Proxy {
  readonly url: string;
  /** The next request that contains this text is executed, and its answer lost with the connection. */
  loseAnswerTo(text: string): void;
  /** How many answers were lost. */
  readonly lost: number;
  /** Nothing passes any more, in either direction, and no connection is closed for it; until it is `false` again. */
  silence(isSilent: boolean): void;
  close(): Promise<void>;
}

export async function startProxy(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let sought: string | undefined;
  let isSilent = false;
  let lost = 0;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let losesAnswer = false;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
      sockets.delete(client);
      sockets.delete(upstream);
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end).on("close", end);
    }
    client.on("data", (data) => {
      if (isSilent) return;
      if (sought !== undefined && data.includes(sought)) {
        losesAnswer = true;
        sought = undefined;
      }
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (isSilent) return;
      if (!losesAnswer) return void client.write(data);
      lost += 1;
      end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswerTo: (text) => void (sought = text),
    get lost() {
      return lost;
    },
    silence: (silent) => void (isSilent = silent),
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
