/** Expression matrices of any size: readers, statistics, summary figures. */
export {};
