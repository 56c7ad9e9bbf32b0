/** One measured figure of a benchmark. `ratio` always says how many times better than the peer: above 1 is ahead. */
export interface Figure {
  id: string;
  value: number;
  unit: string;
  better: "higher" | "lower";
  goal?: number;
  peer?: string;
  peerValue?: number;
  ratio?: number;
}

export interface Benchmark {
  name: string;
  /** @param options quick: the smallest run that still means something, for continuous integration */
  run(options: { quick: boolean }): Promise<Figure[]>;
}
