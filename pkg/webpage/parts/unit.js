"use strict";
// The page of one unit: large maps, tuning, null scores and all measures.
const UnitPage = (() => {
  const { el, short, Figure } = Charts;

  // frame is what the plots of a room, or of lags in it, have in common: a width and
  // height that keep its shape, and axes in m, or in bins where the room is unknown. x
  // and y are the ends of the axes.
  function frame({ x, y }, unit) {
    const shape = (x[1] - x[0]) / (y[1] - y[0]), margins = { marginLeft: 44, marginTop: 26, marginRight: 12, marginBottom: 38 };
    return {
      width: Math.round(56 + 304 * Math.min(1, shape)), height: Math.round(64 + 296 * Math.min(1, 1 / shape)), ...margins,
      x: { label: `x (${unit})`, domain: x, ticks: shape < 0.7 ? 3 : 5 }, y: { label: `y (${unit})`, domain: y, ticks: shape > 1.4 ? 3 : 5 },
    };
  }

  // scaleBar is a bar of a round length, with its length.
  function scaleBar({ x, y }, unit) {
    const across = x[1] - x[0], bar = unit === "m" ? niceLength(across / 4) : Math.max(1, Math.round(across / 4));
    const at = { x1: x[0] + 0.05 * across, y: y[0] + 0.06 * (y[1] - y[0]) };
    return [
      Plot.ruleY([at.y], { x1: at.x1, x2: at.x1 + bar, stroke: "black", strokeWidth: 6 }),
      Plot.ruleY([at.y], { x1: at.x1, x2: at.x1 + bar, stroke: "white", strokeWidth: 3 }),
      Plot.text([at], { x: at.x1 + bar / 2, y: at.y, dy: -11, text: () => unit === "m" ? Number(bar.toPrecision(3)) + " m" : bar + " bins", fill: "white", stroke: "black", strokeWidth: 3, fontWeight: "bold" }),
    ];
  }

  // mapPlot shows a map of nx × ny bins with axes and a scale bar. ring has the inner
  // and outer radius of a ring, in the axes' unit.
  function mapPlot(values, { nx, ny }, ends, { colormap, unit, ring, value }) {
    const { x, y } = ends, stepX = (x[1] - x[0]) / nx, stepY = (y[1] - y[0]) / ny, cells = [];
    for (let i = 0; i < nx; i++) {
      for (let j = 0; j < ny; j++) cells.push({ x: x[0] + (i + 0.5) * stepX, y: y[0] + (j + 0.5) * stepY, v: values[i * ny + j] });
    }
    const known = values.filter(v => !Number.isNaN(v)), low = d3.min(known) ?? 0, high = d3.max(known) ?? 1;
    // Plot.raster wants rows from the top, x running fastest.
    const raster = new Float64Array(nx * ny);
    for (let i = 0; i < nx; i++) for (let j = 0; j < ny; j++) raster[j * nx + i] = values[i * ny + j];
    const circle = r => d3.range(0, 361, 5).map(a => ({ x: r * Math.cos(a * Math.PI / 180), y: r * Math.sin(a * Math.PI / 180) }));
    return {
      ...frame(ends, unit),
      color: { type: "linear", domain: [low, high > low ? high : low + 1], interpolate: t => Maps.color(colormap, t) },
      marks: [
        Plot.raster(raster, { width: nx, height: ny, x1: x[0], x2: x[1], y1: y[0], y2: y[1], interpolate: "none", imageRendering: "pixelated" }),
        ...(ring ? ring.filter(r => r > 0).map(r => Plot.line(circle(r), { x: "x", y: "y", stroke: "white", strokeWidth: 1.6, strokeDasharray: "5,3", clip: true })) : []),
        ...scaleBar(ends, unit),
        Plot.tip(cells, Plot.pointer({ x: "x", y: "y", title: c => `x ${short(c.x)}, y ${short(c.y)} ${unit}\n${value} ${short(c.v)}` })),
      ],
    };
  }

  // niceLength is a round length near v.
  function niceLength(v) {
    const power = 10 ** Math.floor(Math.log10(v));
    return [5, 2, 1].map(k => k * power).find(k => k <= v) || power;
  }

  // polarPlot is the tuning to head direction around a circle, whose rim is the highest
  // rate, with the direction of the mean vector.
  function polarPlot(tuning, angle, length) {
    const n = tuning.length, high = d3.max(tuning.filter(v => !Number.isNaN(v))) || 1, at = (r, degrees) => ({ x: r * Math.cos(degrees * Math.PI / 180), y: r * Math.sin(degrees * Math.PI / 180) });
    const rows = Array.from(tuning, (v, k) => ({ v, degrees: -180 + (k + 0.5) * 360 / n }));
    const curve = [...rows, rows[0]].map(r => at(Number.isNaN(r.v) ? 0 : r.v / high, r.degrees)), color = Maps.classLooks.head_direction.color;
    const ring = r => d3.range(0, 361, 5).map(a => at(r, a)), hair = { x: "x", y: "y", stroke: "currentColor", strokeOpacity: 0.35 };
    const names = [0, 90, 180, -90].map(a => ({ ...at(1.12, a), text: a + "°" }));
    const marks = [Plot.line(ring(1), hair), Plot.line(ring(0.5), { ...hair, strokeDasharray: "3,3" }),
      Plot.line([at(1, 0), at(1, 180)], hair), Plot.line([at(1, 90), at(1, -90)], hair),
      Plot.text(names, { x: "x", y: "y", text: "text" }),
      Plot.line(curve, { x: "x", y: "y", fill: color, fillOpacity: 0.2, stroke: color, strokeWidth: 2 }),
      Plot.tip(rows, Plot.pointer({ x: r => at(r.v / high, r.degrees).x, y: r => at(r.v / high, r.degrees).y, title: r => `${short(r.degrees)}°\n${short(r.v)} Hz` }))];
    if (length > 0) marks.push(Plot.arrow([{ ...at(length, angle) }], { x1: 0, y1: 0, x2: "x", y2: "y", stroke: "currentColor", strokeWidth: 2 }));
    return { width: 360, height: 360, marginLeft: 10, marginRight: 10, marginTop: 10, marginBottom: 10, x: { domain: [-1.25, 1.25], axis: null }, y: { domain: [-1.25, 1.25], axis: null }, marks };
  }

  const pathColor = "#9aa4ad", spikeColor = "#d55e00";
  // pathPlot is the path of the animal, with a dot where it was at each spike.
  function pathPlot(session, number) {
    const [width, height] = session.room, ends = { x: [-width / 2, width / 2], y: [-height / 2, height / 2] };
    return {
      ...frame(ends, "m"),
      marks: [
        Plot.frame({ strokeOpacity: 0.4 }),
        Plot.line(session.path(), { x: "x", y: "y", z: null, stroke: pathColor, strokeWidth: 0.7 }),
        Plot.dot(session.spikes(number), { x: "x", y: "y", r: 1.3, fill: spikeColor }),
        ...scaleBar(ends, "m"),
      ],
    };
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
        Plot.text([score].filter(v => !Number.isNaN(v)), { x: v => v, y: top * 1.05, text: v => "unit " + short(v), dy: -22, lineAnchor: "bottom", fontWeight: "bold" }),
        Plot.ruleY([0]),
      ],
    };
  }

  // content fills the dialog for unit i of a layer.
  function content(place, { of, run, layer, i, criterion, judged, colormap, nullTitle }) {
    const number = layer.number(i), called = layer.label(i), size = run.sizes(layer), unit = size.unit, figures = [];
    const activity = run.recorded ? "rate (Hz)" : "mean activity";
    const add = (name, title, options, label, key) => {
      const f = new Figure(name + "-" + number, title, { of });
      f.show(options, label, key);
      figures.push(f.element);
    };
    const width = layer.nx * size.x, height = layer.ny * size.y;
    const ends = unit === "m" ? { x: [-width / 2, width / 2], y: [-height / 2, height / 2] } : { x: [0, width], y: [0, height] };
    if (run.session && layer.name === run.frames.at(-1).layers[0].name) {
      const count = run.session.counts[number] || 0;
      add("path", "Path and spikes", pathPlot(run.session, number), `Path of the animal, with a dot at each of ${count} spikes of unit ${called}`,
        { entries: [{ text: "path", color: pathColor, look: "line" }, { text: `${count} spikes`, color: spikeColor, look: "box" }] });
    }
    if (layer.ratemaps.count > 0) {
      const peak = run.recorded ? `, peak ${short(layer.ratemaps.high[i])} Hz` : "";
      add("ratemap", "Ratemap" + peak, mapPlot(layer.ratemaps.values(i), layer.ratemaps, ends, { colormap, unit, value: activity }),
        `Ratemap of unit ${called}, from ${short(layer.ratemaps.low[i])} to ${short(layer.ratemaps.high[i])}`,
        { bar: { colormap, low: layer.ratemaps.low[i], high: layer.ratemaps.high[i], text: activity } });
    }
    if (layer.sacs.count > 0) {
      const reach = { x: layer.sacs.nx / 2 * size.x, y: layer.sacs.ny / 2 * size.y }, suffix = criterion.score.slice("score_60".length);
      const inner = layer.columns.get("mask_60_inner" + suffix), outer = layer.columns.get("mask_60_outer" + suffix);
      const ring = outer && !Number.isNaN(outer[i]) ? [inner[i], outer[i]].map(r => r * size.shorter) : null;
      add("sac", "Autocorrelogram" + (ring ? " with the ring of the score" : ""), mapPlot(layer.sacs.values(i), layer.sacs, { x: [-reach.x, reach.x], y: [-reach.y, reach.y] }, { colormap, unit, ring, value: "correlation" }),
        `Spatial autocorrelogram of unit ${called}`, { bar: { colormap, low: layer.sacs.low[i], high: layer.sacs.high[i], text: "correlation" } });
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
      const column = name => (layer.columns.get(name) || [])[i] ?? NaN, angle = column("head_direction_deg");
      if (run.recorded) {
        const length = column("head_direction_length"), what = run.session && run.session.directions === "movement" ? "direction of movement" : "head direction";
        add("tuning", "Tuning to " + what, polarPlot(layer.tuning(i), angle, length), `Rate of unit ${called} by ${what}`,
          { entries: [{ text: `rate, rim ${short(d3.max(layer.tuning(i).filter(v => !Number.isNaN(v))))} Hz`, color: Maps.classLooks.head_direction.color, look: "line" }, { text: `mean vector, length ${short(length)}`, color: "currentColor", look: "line" }] });
      } else {
        add("tuning", "Tuning to head direction", tuningPlot(layer.tuning(i), angle), `Mean activity of unit ${called} by head direction`);
      }
    }
    if (layer.occupancy.count > 0) {
      add("occupancy", "Time in each bin", mapPlot(layer.occupancy.values(0), layer.occupancy, ends, { colormap, unit, value: "time (s)" }), "Time that the animal spent in each bin",
        { bar: { colormap, low: layer.occupancy.low[0], high: layer.occupancy.high[0], text: "time (s)" } });
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
