/** Count, mean and sum of squared distances from the mean of each feature, in one pass (Welford 1962). */
export class Moments {
  readonly counts: number[] = [];
  readonly means: number[] = [];
  readonly squares: number[] = [];

  add(value: number, feature: number): void {
    this.counts[feature] = (this.counts[feature] ?? 0) + 1;
    const mean = this.means[feature] ?? 0;
    const distance = value - mean;
    this.means[feature] = mean + distance / this.counts[feature];
    this.squares[feature] = (this.squares[feature] ?? 0) + distance * (value - this.means[feature]);
  }

  /** The mean squared distance from the mean, of the population. */
  get variances(): number[] {
    return this.squares.map((sum, feature) => sum / this.counts[feature]);
  }
}
