/** The 97.5th percentile of the normal distribution: a two-sided interval of 95 %. */
const Z = 1.959_963_984_540_054

/** Bounds of a share, each 0 to 1. */
export interface Interval {
  low: number
  high: number
}

/**
 * The interval in which, 19 times of 20, the true share lies of which `hits` of `trials` were seen; 0 to 1 where nothing was
 * tried. Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
 */
export function wilson(hits: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 }
  const share = hits / trials
  const z2 = Z * Z
  const centre = share + z2 / (2 * trials)
  const spread = Z * Math.sqrt((share * (1 - share) + z2 / (4 * trials)) / trials)
  const scale = 1 + z2 / trials
  // At the ends rounding would leave the share itself outside.
  return {
    low: hits === 0 ? 0 : Math.max(0, (centre - spread) / scale),
    high: hits === trials ? 1 : Math.min(1, (centre + spread) / scale),
  }
}
