import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A wire to a server, which can be cut and mended: the server itself keeps what it has. */
export interface BreakableWire {
  /** Port on 127.0.0.1 that leads to the server. */
  port: number;
  /** Ends every connection and takes no new one. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** @param target "http://127.0.0.1:9000", "redis://127.0.0.1:6379" */
export async function breakableWire(target: string): Promise<BreakableWire> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  const wire = createServer((near) => {
    const far = keep(connect(Number(port), hostname));
    keep(near).pipe(far).pipe(near);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
  });
  const listen = async (at: number): Promise<number> => {
    wire.listen(at, "127.0.0.1");
    await once(wire, "listening");
    return (wire.address() as { port: number }).port;
  };
  const own = await listen(0);
  return {
    port: own,
    async cut() {
      const closed = once(wire, "close");
      wire.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: async () => void (await listen(own)),
  };
}
