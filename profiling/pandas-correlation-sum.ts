/**
 * Σ|r| of one column with all columns, itself included, in the arithmetic of pandas' `DataFrame.corr().abs().sum()` to the last bit
 * (Welford's running moments, in the order of the columns). It decides between features whose sums differ by rounding alone, as exact
 * twins' do, the way published feature lists decided.
 * @param columns one a feature, each of shape (wells); values that are not finite are left out pair by pair
 */
export function pandasCorrelationSum(columns: readonly Float64Array[], index: number): number {
  let sum = 0;
  for (let other = 0; other < columns.length; other++) {
    const [x, y] = other <= index ? [columns[index]!, columns[other]!] : [columns[other]!, columns[index]!];
    const r = welford(x, y);
    if (!Number.isNaN(r)) sum += Math.abs(r);
  }
  return sum;
}

function welford(x: Float64Array, y: Float64Array): number {
  let [count, meanX, meanY, squareX, squareY, product] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [valueX, valueY] = [x[i]!, y[i]!];
    if (!Number.isFinite(valueX) || !Number.isFinite(valueY)) continue;
    count++;
    const dx = valueX - meanX;
    const dy = valueY - meanY;
    meanX += (1 / count) * dx;
    meanY += (1 / count) * dy;
    squareX += (valueX - meanX) * dx;
    squareY += (valueY - meanY) * dy;
    product += (valueX - meanX) * dy;
  }
  const divisor = Math.sqrt(squareX * squareY);
  return divisor === 0 ? Number.NaN : Math.max(-1, Math.min(1, product / divisor));
}
