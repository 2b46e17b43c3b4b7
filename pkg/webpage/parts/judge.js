"use strict";
// Which units are grid cells by a criterion, and what their share is worth.
//
// A criterion has:
//   score       the column of the gridness score, such as score_60
//   null        the null that units are compared with; "" for none
//   kind        "own": a unit has its own threshold, a percentile of its null scores;
//               "fixed": one threshold for all units
//   percentile  for "own", 0 to 100
//   threshold   for "fixed", a score
//   significant a null in which the unit's q must be at most 0.05 besides; "" for none
const Judge = (() => {
  // classOf returns the first class of this list whose condition holds.
  function classOf(grid, border, direction) {
    if (grid && direction) return "conjunctive";
    if (grid) return "grid";
    if (border) return "border";
    if (direction) return "head_direction";
    return "none";
  }
  const classes = ["grid", "conjunctive", "border", "head_direction", "none"];

  // percentiles lists the percentiles that are known without null scores; null if
  // every percentile can be found.
  function percentiles(layer, criterion) {
    if (layer.scoresOf(criterion.null, criterion.score)) return null;
    return [95, 99].filter(p => layer.compared("threshold_" + p, criterion.null, criterion.score));
  }

  // thresholds returns each unit's threshold; NaN where it is not known.
  function thresholds(layer, c) {
    if (c.kind === "fixed") return new Float64Array(layer.units).fill(c.threshold);
    const nulls = layer.scoresOf(c.null, c.score);
    if (nulls) return Float64Array.from({ length: layer.units }, (_, i) => Stats.quantile(nulls.risingOf(i), c.percentile / 100));
    return layer.compared("threshold_" + c.percentile, c.null, c.score) || new Float64Array(layer.units).fill(NaN);
  }

  const intervalLess = ([low, high], by) => [low - by, high - by];

  // excess compares the share of units above a fixed threshold with a null's share.
  // The interval is gridscore's where gridscore compared at this very threshold;
  // elsewhere it is Wilson's interval of the share, less the null's share.
  function excess(layer, c, above) {
    const scores = layer.columns.get(c.score), nulls = layer.scoresOf(c.null, c.score);
    const known = layer.summaryOf(c.null, c.score);
    const cut = layer.summaryCut;
    const same = known && cut === c.threshold && known.above_cut.excess !== null;
    let of = NaN, p = NaN, draws = 0;
    if (nulls && nulls.own) {
      of = Stats.nullShare(nulls.perUnit, c.threshold);
      p = Stats.populationP(scores, nulls.perUnit, c.threshold);
      draws = Math.max(...nulls.draws);
    } else if (nulls) {
      of = Stats.countAbove(nulls.common, c.threshold) / nulls.common.length;
      if (same && known.above_cut.p !== null) p = known.above_cut.p;
    } else if (same) {
      of = known.above_cut.null_share;
      p = known.above_cut.p ?? NaN;
    }
    const interval = same ? known.above_cut.excess_interval.map(v => v ?? NaN) : intervalLess(Stats.wilson(above, layer.units), of);
    return { chance: of, excess: above / layer.units - of, excessInterval: interval, p, draws, bootstrap: same };
  }

  // drawsOf returns how many null scores a threshold is estimated from; 0 if nobody
  // tells.
  function drawsOf(layer, c) {
    const nulls = layer.scoresOf(c.null, c.score);
    if (nulls) return nulls.own ? Math.max(...nulls.draws) : nulls.common.length;
    const known = layer.summaryOf(c.null, c.score);
    return known ? known.draws : layer.draws[c.null] || 0;
  }

  // compare counts the units above their thresholds in one null.
  function compare(layer, c) {
    const scores = layer.columns.get(c.score), limits = thresholds(layer, c);
    let above = 0;
    for (let i = 0; i < layer.units; i++) if (scores[i] > limits[i]) above++;
    const share = above / layer.units, interval = Stats.wilson(above, layer.units);
    const found = { above, share, interval, threshold: Stats.mean(limits), known: limits.some(v => !Number.isNaN(v)) };
    if (c.kind === "fixed") return { ...found, ...excess(layer, c, above) };
    const draws = drawsOf(layer, c), chance = draws > 0 ? Stats.aboveQuantile(c.percentile / 100, draws) : NaN;
    return { ...found, chance, excess: share - chance, excessInterval: intervalLess(interval, chance), p: NaN, draws: 0, bootstrap: false };
  }

  // judge applies a criterion to the units of a layer.
  function judge(layer, c) {
    const scores = layer.columns.get(c.score), limits = thresholds(layer, c);
    const border = layer.columns.get("is_border"), direction = layer.columns.get("is_head_direction");
    const q = c.significant ? layer.compared("q", c.significant, c.score) : undefined;
    const grid = new Uint8Array(layer.units), of = new Array(layer.units), counts = Object.fromEntries(classes.map(k => [k, 0]));
    let cells = 0;
    for (let i = 0; i < layer.units; i++) {
      grid[i] = scores[i] > limits[i] && (!c.significant || (q && q[i] <= 0.05)) ? 1 : 0;
      of[i] = classOf(grid[i] === 1, border && border[i] > 0, direction && direction[i] > 0);
      counts[of[i]]++;
      cells += grid[i];
    }
    return { scores, thresholds: limits, grid, classes: of, counts, cells, share: cells / layer.units, interval: Stats.wilson(cells, layer.units) };
  }

  return { classes, classOf, percentiles, thresholds, compare, judge };
})();
