// One address for several servers: each connection goes to the next of them that takes it.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { SettingError } from "../start/settings.ts";

export interface RoundRobin {
  readonly port: number;
  /** Cuts what is open, too. */
  close(): void;
}

export async function startRoundRobin(port: number, targets: readonly number[]): Promise<RoundRobin> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    open.add(client);
    client.on("close", () => open.delete(client));
    client.on("error", () => client.destroy());
    join(client, targets.length);
  });

  function join(client: Socket, attempts: number): void {
    if (attempts === 0) return void client.destroy();
    const target = connect(targets[turn++ % targets.length]!, "127.0.0.1");
    const tryNext = (): void => join(client, attempts - 1);
    target.once("error", tryNext);
    target.once("connect", () => {
      // From here on nothing is sent twice: a connection that breaks is the client's to make again.
      target.off("error", tryNext);
      target.on("error", () => client.destroy());
      target.on("close", () => client.destroy());
      client.on("close", () => target.destroy());
      // It may have gone while the target was asked.
      if (client.destroyed) target.destroy();
      client.pipe(target).pipe(client);
    });
  }

  server.listen(port, "127.0.0.1");
  await once(server, "listening").catch(() => {
    throw new SettingError(
      `Port ${port} of 127.0.0.1 is in use: stop the program that has it, or choose another, for example with PORT=4610`,
    );
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const client of open) client.destroy();
    },
  };
}
