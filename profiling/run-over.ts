/**
 * Works through items in order with several hands; the first error stops all of them and is thrown.
 * @param hands how many
 * @param take makes a hand
 * @param work one item; `stop` aborts when another hand failed or the caller's signal does
 */
export async function runOver<T, H extends { close(): Promise<void> }>(
  items: readonly T[],
  hands: number,
  take: () => H,
  work: (hand: H, item: T, index: number, stop: AbortSignal) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const failure = new AbortController();
  const stop = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  let next = 0;
  const run = async (): Promise<void> => {
    const hand = take();
    try {
      while (next < items.length && !stop.aborted) {
        const index = next++;
        await work(hand, items[index]!, index, stop);
      }
    } catch (error) {
      failure.abort(error);
    } finally {
      await hand.close();
    }
  };
  await Promise.all(Array.from({ length: Math.min(hands, items.length) }, run));
  stop.throwIfAborted();
}
