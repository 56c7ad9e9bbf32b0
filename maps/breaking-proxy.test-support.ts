/** Test-only: stands between a client and an HTTP server, and fails as networks and servers do. */
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface BreakingProxy {
  /** Of the proxy. */
  endpoint: string;
  /** Bytes of requests that went through. */
  readonly sentBytes: number;
  /** The server is gone, as for the client: after so many bytes more, in the middle of what is sent, connections break and none is taken. */
  goAfter(sentBytes: number): void;
  /** The server is there again. */
  back(): void;
  /** Of the next request that fits, the server does what it is asked, and the answer is lost. */
  loseAnswer(fits: (method: string, path: string) => boolean): void;
  /** Times that it was gone. */
  readonly breaks: number;
  /** Answers that were lost. */
  readonly lost: number;
  close(): Promise<void>;
}

/** @param target address of the real server */
export async function breakingProxy(target: string): Promise<BreakingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let [sentBytes, goneAt, gone, breaks, lost] = [0, Number.POSITIVE_INFINITY, false, 0, 0];
  let fitsLost: ((method: string, path: string) => boolean) | undefined;
  const breakAll = (): void => {
    if (!gone) breaks++;
    gone = true;
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((asked, answer) => {
    const { method = "GET", url = "/" } = asked;
    const isLost = fitsLost?.(method, url) === true;
    if (isLost) fitsLost = undefined;
    const forwarded = request({ hostname, port, method, path: url, headers: asked.headers }, (found) => {
      if (isLost) {
        lost++;
        found.resume().on("end", () => asked.socket.destroy());
        return;
      }
      answer.writeHead(found.statusCode ?? 502, found.rawHeaders);
      found.pipe(answer);
    });
    forwarded.on("error", () => asked.socket.destroy());
    asked.on("data", (part: Buffer) => {
      sentBytes += part.length;
      if (sentBytes >= goneAt) breakAll();
      else forwarded.write(part);
    });
    asked.on("end", () => forwarded.end());
    asked.on("error", () => forwarded.destroy());
    answer.on("error", () => forwarded.destroy());
  });
  server.on("connection", (socket) => {
    if (gone) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get sentBytes() {
      return sentBytes;
    },
    get breaks() {
      return breaks;
    },
    get lost() {
      return lost;
    },
    goAfter(bytes) {
      goneAt = sentBytes + bytes;
      if (bytes <= 0) breakAll();
    },
    back() {
      gone = false;
      goneAt = Number.POSITIVE_INFINITY;
    },
    loseAnswer(fits) {
      fitsLost = fits;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
