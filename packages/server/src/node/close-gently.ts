/**
 * Closing a server.
 *
 * 1. Once closing, it takes no new connections, and cuts each that answers nothing: those that were opened ahead and
 *    never used, too, which Node's own `closeIdleConnections` leaves to their time-outs.
 * 2. An answer that is under way is sent to its end, if that takes no longer than the grace time.
 */
import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Watches a server's connections from now on; returns what closes it and resolves when all are gone. */
export function createGentleClose(server: Server): (graceMs: number) => Promise<void> {
  const idle = new Set<Socket>();
  let isClosing = false;

  function rest(socket: Socket): void {
    if (isClosing) socket.destroy();
    else if (!socket.destroyed) idle.add(socket);
  }

  server.on("connection", (socket) => {
    rest(socket);
    socket.on("close", () => idle.delete(socket));
  });
  server.on("request", ({ socket }, response) => {
    idle.delete(socket);
    response.on("close", () => rest(socket));
  });

  return (graceMs) =>
    new Promise((resolve) => {
      isClosing = true;
      const timer = setTimeout(() => server.closeAllConnections(), graceMs);
      server.close(() => {
        clearTimeout(timer);
        resolve();
      });
      for (const socket of idle) socket.destroy();
    });
}
