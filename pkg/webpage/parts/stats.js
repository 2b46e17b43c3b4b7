"use strict";
// The arithmetic of the page. Each function does the same as the function of the
// same meaning in the packages significance and population, in the same order of
// operations, so that the page finds gridscore's numbers to the last digit.
//
// A score that is not known is NaN. It is above no threshold.
const Stats = (() => {
  // defined returns the known scores in rising order.
  const defined = scores => Float64Array.from(scores).filter(v => !Number.isNaN(v)).sort();

  // quantile returns the q-quantile of scores in rising order. It interpolates
  // linearly between neighbouring scores. Without scores it is NaN.
  function quantile(rising, q) {
    const n = rising.length;
    if (n === 0) return NaN;
    const at = q * (n - 1);
    const low = Math.min(Math.trunc(at), n - 1);
    const high = Math.min(low + 1, n - 1);
    return rising[low] + (at - low) * (rising[high] - rising[low]);
  }

  // countAbove counts the scores above a threshold.
  function countAbove(scores, threshold) {
    let n = 0;
    for (const v of scores) if (v > threshold) n++;
    return n;
  }

  // wilson returns the ends of Wilson's 95 % interval of the share k of n.
  function wilson(k, n) {
    if (n === 0) return [NaN, NaN];
    const z = 1.959963984540054;
    const share = k / n;
    const centre = (share + z * z / (2 * n)) / (1 + z * z / n);
    const half = z / (1 + z * z / n) * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    return [Math.max(0, centre - half), Math.min(1, centre + half)];
  }

  // pValue is the share of null scores that reach the observed one, where the
  // observed one counts as a null score too.
  function pValue(observed, nulls) {
    let reach = 0, n = 0;
    for (const v of nulls) {
      if (!Number.isNaN(v)) n++;
      if (v >= observed) reach++;
    }
    return Number.isNaN(observed) || n === 0 ? NaN : (1 + reach) / (1 + n);
  }

  // nullShare is the mean over the units of the share of a unit's null scores above
  // a threshold. A unit without null scores has the share 0.
  function nullShare(perUnit, threshold) {
    let sum = 0;
    for (const scores of perUnit) {
      if (scores.length > 0) sum += countAbove(scores, threshold) / scores.length / perUnit.length;
    }
    return sum;
  }

  // populationP is a p value of the share of units above a threshold. The k-th null
  // maps of all units are one null population.
  function populationP(observed, perUnit, threshold) {
    const above = countAbove(observed, threshold);
    let populations = 0, reach = 0;
    for (const scores of perUnit) populations = Math.max(populations, scores.length);
    if (populations === 0) return NaN;
    for (let k = 0; k < populations; k++) {
      let n = 0;
      for (const scores of perUnit) if (scores[k] > threshold) n++;
      if (n >= above) reach++;
    }
    return (1 + reach) / (1 + populations);
  }

  // mean of the known values.
  function mean(values) {
    let sum = 0, n = 0;
    for (const v of values) if (!Number.isNaN(v)) { sum += v; n++; }
    return sum / n;
  }

  // aboveQuantile returns the probability that a further score is above the q-quantile
  // of n scores of its own distribution: 5.9 % for the 95th percentile of 100 scores.
  // Without scores it is 1 − q.
  function aboveQuantile(q, n) {
    return n > 0 ? (n - q * (n - 1)) / (n + 1) : 1 - q;
  }

  return { defined, quantile, aboveQuantile, countAbove, wilson, pValue, nullShare, populationP, mean };
})();
