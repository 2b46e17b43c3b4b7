"use strict";
// The page of one unit: large maps, tuning, null scores and all measures.
const UnitPage = (() => {
  const { el, short, Figure } = Charts;

  // mapPlot shows a map with axes in m, or in bins where the room is unknown, and a
  // scale bar. ring has the inner and outer radius of a ring, in the axes' unit.
  function mapPlot(values, n, extent, { colormap, unit, ring, value }) {
    const step = (extent[1] - extent[0]) / n, cells = [];
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) cells.push({ x: extent[0] + (i + 0.5) * step, y: extent[0] + (j + 0.5) * step, v: values[i * n + j] });
    }
    const known = values.filter(v => !Number.isNaN(v)), low = d3.min(known) ?? 0, high = d3.max(known) ?? 1;
    // Plot.raster wants rows from the top, x running fastest.
    const raster = new Float64Array(n * n);
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) raster[j * n + i] = values[i * n + j];
    const bar = unit === "m" ? niceLength((extent[1] - extent[0]) / 4) : Math.max(1, Math.round(n / 4));
    const at = { x1: extent[0] + 0.05 * (extent[1] - extent[0]), y: extent[0] + 0.06 * (extent[1] - extent[0]) };
    const circle = r => d3.range(0, 361, 5).map(a => ({ x: r * Math.cos(a * Math.PI / 180), y: r * Math.sin(a * Math.PI / 180) }));
    const white = { stroke: "white", strokeWidth: 3 };
    return {
      width: 360, height: 360, marginLeft: 44, marginTop: 26, marginRight: 12, marginBottom: 38,
      x: { label: `x (${unit})`, domain: extent, ticks: 5 }, y: { label: `y (${unit})`, domain: extent, ticks: 5 },
      color: { type: "linear", domain: [low, high > low ? high : low + 1], interpolate: t => Maps.color(colormap, t) },
      marks: [
        Plot.raster(raster, { width: n, height: n, x1: extent[0], x2: extent[1], y1: extent[0], y2: extent[1], interpolate: "none", imageRendering: "pixelated" }),
        ...(ring ? ring.filter(r => r > 0).map(r => Plot.line(circle(r), { x: "x", y: "y", stroke: "white", strokeWidth: 1.6, strokeDasharray: "5,3", clip: true })) : []),
        Plot.ruleY([at.y], { x1: at.x1, x2: at.x1 + bar, stroke: "black", strokeWidth: 6 }),
        Plot.ruleY([at.y], { x1: at.x1, x2: at.x1 + bar, ...white }),
        Plot.text([at], { x: at.x1 + bar / 2, y: at.y, dy: -11, text: () => unit === "m" ? Number(bar.toPrecision(3)) + " m" : bar + " bins", fill: "white", stroke: "black", strokeWidth: 3, fontWeight: "bold" }),
        Plot.tip(cells, Plot.pointer({ x: "x", y: "y", title: c => `x ${short(c.x)}, y ${short(c.y)} ${unit}\n${value} ${short(c.v)}` })),
      ],
    };
  }

  // niceLength is a round length near v.
  function niceLength(v) {
    const power = 10 ** Math.floor(Math.log10(v));
    return [5, 2, 1].map(k => k * power).find(k => k <= v) || power;
  }

  function tuningPlot(tuning, angle) {
    const n = tuning.length, rows = Array.from(tuning, (v, k) => ({ x: -180 + (k + 0.5) * 360 / n, y: v }));
    const marks = [Plot.ruleY([0], { strokeOpacity: 0.4 }), Plot.lineY(rows, { x: "x", y: "y", stroke: Maps.classLooks.head_direction.color, strokeWidth: 2, curve: "step" }),
      Plot.tip(rows, Plot.pointerX({ x: "x", y: "y", title: r => `${short(r.x)}°\nmean activity ${short(r.y)}` }))];
    if (!Number.isNaN(angle)) marks.push(Plot.ruleX([angle], { stroke: "currentColor", strokeDasharray: "3,2" }));
    return { height: 220, x: { label: "head direction (°)", domain: [-180, 180], ticks: [-180, -90, 0, 90, 180] }, y: { label: "mean activity", grid: true }, marks };
  }

  // nullPlot is the histogram of a unit's null scores, with its thresholds and score.
  function nullPlot(nulls, score, limits) {
    const known = Array.from(nulls).filter(v => !Number.isNaN(v));
    const [low, high] = Charts.extent([known, [score].filter(v => !Number.isNaN(v)), limits.map(l => l.x)]);
    const domain = [low - 0.02 * (high - low), high + 0.02 * (high - low)], list = Charts.bins(known, domain, 30);
    const top = Math.max(...list.map(b => b.count), 1);
    return {
      height: 240, marginTop: 44, x: { label: "gridness", domain }, y: { label: "null maps", domain: [0, top * 1.05] },
      marks: [
        Plot.rectY(list, { x1: "x1", x2: "x2", y: "count", fill: "#d55e00", fillOpacity: 0.75, inset: 0.5, tip: true, title: b => `${short(b.x1)} to ${short(b.x2)}\n${b.count} null maps` }),
        Plot.ruleX(limits, { x: "x", stroke: "currentColor", strokeDasharray: "4,3" }),
        // Labels of neighbouring thresholds stand away from each other.
        Plot.text(limits.slice(0, 1), { x: "x", y: top * 1.05, text: "text", dy: -6, dx: -2, textAnchor: limits.length > 1 ? "end" : "middle", lineAnchor: "bottom" }),
        Plot.text(limits.slice(1), { x: "x", y: top * 1.05, text: "text", dy: -6, dx: 2, textAnchor: "start", lineAnchor: "bottom" }),
        Plot.ruleX([score].filter(v => !Number.isNaN(v)), { stroke: Maps.classLooks.grid.color, strokeWidth: 3 }),
        Plot.text([score].filter(v => !Number.isNaN(v)), { x: v => v, y: top * 1.05, text: v => "unit " + short(v), dy: -22, lineAnchor: "bottom", fill: Maps.classLooks.grid.color, fontWeight: "bold" }),
        Plot.ruleY([0]),
      ],
    };
  }

  // content fills the dialog for unit i of a layer.
  function content(place, { of, run, layer, i, criterion, judged, colormap, nullTitle }) {
    const number = layer.number(i), unit = run.side > 0 ? "m" : "bins", figures = [];
    const bin = run.side > 0 ? run.side / layer.bins : 1;
    const add = (name, title, options, label, key) => {
      const f = new Figure(name + "-" + number, title, { of });
      f.show(options, label, key);
      figures.push(f.element);
    };
    if (layer.ratemaps.count > 0) {
      const half = run.side > 0 ? run.side / 2 : 0, extent = run.side > 0 ? [-half, half] : [0, layer.bins];
      add("ratemap", "Ratemap", mapPlot(layer.ratemaps.values(i), layer.bins, extent, { colormap, unit, value: "mean activity" }),
        `Ratemap of unit ${number}, from ${short(layer.ratemaps.low[i])} to ${short(layer.ratemaps.high[i])}`,
        { bar: { colormap, low: layer.ratemaps.low[i], high: layer.ratemaps.high[i], text: "mean activity" } });
    }
    if (layer.sacs.count > 0) {
      const reach = layer.sacs.side / 2 * bin, suffix = criterion.score.slice("score_60".length);
      const inner = layer.columns.get("mask_60_inner" + suffix), outer = layer.columns.get("mask_60_outer" + suffix);
      const ring = outer && !Number.isNaN(outer[i]) ? [inner[i], outer[i]].map(r => r * layer.bins * bin) : null;
      add("sac", "Autocorrelogram" + (ring ? " with the ring of the score" : ""), mapPlot(layer.sacs.values(i), layer.sacs.side, [-reach, reach], { colormap, unit, ring, value: "correlation" }),
        `Spatial autocorrelogram of unit ${number}`, { bar: { colormap, low: layer.sacs.low[i], high: layer.sacs.high[i], text: "correlation" } });
    }
    const nulls = layer.scoresOf(criterion.null, criterion.score), score = judged.scores[i];
    const facts = [`gridness ${short(score)}`, `class ${Maps.classLooks[judged.classes[i]].title}`];
    if (criterion.null) {
      const p = nulls ? Stats.pValue(score, nulls.of(i)) : (layer.compared("p", criterion.null, criterion.score) || [])[i];
      const q = (layer.compared("q", criterion.null, criterion.score) || [])[i];
      if (p !== undefined) facts.push(`p ${Charts.probability(p, nulls ? nulls.of(i).length : 0)} among null maps (${nullTitle})`);
      if (q !== undefined) facts.push(`q = ${short(q)}`);
      if (nulls && nulls.of(i).length > 0) {
        const rising = nulls.risingOf(i), levels = [...new Set([95, 99, criterion.kind === "own" ? criterion.percentile : 95])].sort((a, b) => a - b);
        const limits = levels.map(l => ({ x: Stats.quantile(rising, l / 100), text: l + "%" }));
        facts.push(`${nulls.of(i).length} null maps`);
        add("null", `Scores of null maps: ${nullTitle}`, nullPlot(nulls.of(i), score, limits), `Histogram of ${nulls.of(i).length} null scores; 95th percentile ${short(limits[0].x)}, score ${short(score)}`);
      }
    }
    if (layer.directions > 0) {
      const angle = (layer.columns.get("head_direction_deg") || [])[i];
      add("tuning", "Tuning to head direction", tuningPlot(layer.tuning(i), angle === undefined ? NaN : angle), `Mean activity of unit ${number} by head direction`);
    }
    const rows = [...layer.columns].map(([name, values]) => [name, short(values[i])]).concat([...layer.texts].map(([name, values]) => [name, values[i]]));
    place.replaceChildren(
      el("p", { class: "facts" }, facts.join(" · ")),
      el("div", { class: "figures unit" }, ...figures),
      el("details", { open: true }, el("summary", {}, "All columns"), el("div", { class: "measures" },
        ...rows.map(([name, value]) => el("div", {}, el("span", { class: "soft" }, name), " ", el("b", {}, value))))));
  }

  return { content };
})();
