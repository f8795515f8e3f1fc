/** A network that fails on demand: forwards bytes to a server that may be cut off, silent, or away. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface FlakyProxy {
  /** The same for the proxy's whole life. */
  readonly url: string;
  /** Where the server is now; nobody is there while null. */
  target: number | null;
  /** Breaks every connection off. */
  cut(): void;
  /** Streams that are open now deliver nothing more, and stay open. */
  freeze(): void;
  close(): Promise<void>;
}

export async function createFlakyProxy(): Promise<FlakyProxy> {
  const sockets = new Set<Socket>();
  const streams = new Map<Socket, { isFrozen: boolean }>();
  const proxy: FlakyProxy = {
    url: "",
    target: null,
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
    freeze: () => {
      for (const stream of streams.values()) stream.isFrozen = true;
    },
    close: () => {
      proxy.cut();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
  const server = createServer((reader) => {
    sockets.add(reader);
    reader.on("error", () => {});
    reader.on("close", () => {
      sockets.delete(reader);
      streams.delete(reader);
    });
    if (proxy.target === null) {
      reader.destroy();
      return;
    }
    const upstream = connect(proxy.target, "127.0.0.1");
    upstream.on("error", () => reader.destroy());
    upstream.on("close", () => {
      if (!streams.get(reader)?.isFrozen) reader.destroy();
    });
    reader.on("close", () => upstream.destroy());
    reader.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => {
      // A pooled connection that is not a stream must go on to work.
      if (data.includes("content-type: text/event-stream")) streams.set(reader, { isFrozen: false });
      if (!streams.get(reader)?.isFrozen) reader.write(data);
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, { url: `http://127.0.0.1:${port}` });
}
