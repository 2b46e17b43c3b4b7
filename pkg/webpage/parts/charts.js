"use strict";
// The plots. Observable Plot draws them as SVG, with values under the pointer.
const Charts = (() => {
  // el makes an element. Text stays text: nothing is ever parsed as HTML.
  function el(tag, attributes = {}, ...children) {
    const e = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) e.addEventListener(name.slice(2), value);
      else if (value === true) e.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) e.setAttribute(name, value);
    }
    e.append(...children.filter(c => c !== null && c !== undefined));
    return e;
  }

  // Numbers for people.
  const percent = v => Number.isNaN(v) ? "unknown" : (100 * v).toFixed(1) + " %";
  const points = v => Number.isNaN(v) ? "unknown" : (v > 0 ? "+" : v < 0 ? "−" : "") + Math.abs(100 * v).toFixed(1);
  const range = ([low, high], text) => Number.isNaN(low) || Number.isNaN(high) ? "" : `[${text(low)}, ${text(high)}]`;
  const percentRange = interval => range(interval, v => (100 * v).toFixed(1));
  const pointRange = interval => range(interval, points);
  function short(v) {
    if (v === null || v === undefined || Number.isNaN(v)) return "–";
    if (Number.isInteger(v)) return String(v);
    const size = Math.abs(v);
    const text = size >= 1000 || size < 1e-3 ? v.toExponential(2) : size >= 100 ? v.toFixed(1) : size >= 1 ? v.toFixed(2) : v.toFixed(3);
    return text.replace("-", "−");
  }

  function save(name, blob) {
    const link = el("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  // standalone returns the text of an SVG that other programs can show.
  function standalone(svg) {
    const style = getComputedStyle(document.body), copy = svg.cloneNode(true);
    for (const tip of copy.querySelectorAll("[aria-label=tip]")) tip.remove();
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("font-family", "sans-serif");
    copy.style.color = style.color;
    copy.style.background = style.backgroundColor;
    const back = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [k, v] of Object.entries({ width: "100%", height: "100%", fill: style.backgroundColor })) back.setAttribute(k, v);
    copy.insertBefore(back, copy.firstChild);
    return new XMLSerializer().serializeToString(copy);
  }

  const saveSVG = (name, svg) => save(name + ".svg", new Blob([standalone(svg)], { type: "image/svg+xml" }));

  // savePNG draws at three times the size of the screen, which is sharp in print.
  async function savePNG(name, svg) {
    const box = svg.viewBox.baseVal, scale = 3, image = new Image();
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(standalone(svg));
    await image.decode();
    const canvas = el("canvas", { width: Math.round(box.width * scale), height: Math.round(box.height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(blob => save(name + ".png", blob));
  }

  // A Figure holds a plot, its title and the buttons that save it. draw(width) returns
  // the plot, or null if there is nothing to show.
  class Figure {
    constructor(name, title, height = 240) {
      this.name = name;
      this.caption = el("span", { class: "title" }, title);
      this.place = el("div", { class: "plot" });
      const tools = el("span", { class: "tools" },
        el("button", { type: "button", "aria-label": `Save ${title} as SVG`, onclick: () => this.svg && saveSVG(name, this.svg) }, "SVG"),
        el("button", { type: "button", "aria-label": `Save ${title} as PNG`, onclick: () => this.svg && savePNG(name, this.svg) }, "PNG"));
      this.element = el("figure", { class: "figure", id: "figure-" + name }, el("figcaption", {}, this.caption, tools), this.place);
      this.height = height;
    }
    // show draws the plot of options, which are those of Plot.plot.
    show(options, label) {
      this.options = options;
      this.element.hidden = !options;
      if (!options) return;
      const width = Math.max(240, Math.min(900, this.place.clientWidth || 420));
      const svg = Plot.plot({ width, height: this.height, marginLeft: 48, marginBottom: 40, marginTop: 26, style: { background: "none", fontSize: "12px", overflow: "visible" }, ...options });
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", label || this.caption.textContent);
      this.svg = svg;
      this.label = label;
      this.place.replaceChildren(svg);
    }
    // again draws the plot at a new width.
    again() { if (this.options) this.show(this.options, this.label); }
  }

  const ink = "currentColor";
  const colors = ["#0072b2", "#d55e00", "#008563", "#aa3377", "#8a6d00", "#5b5bd6"];

  // bins counts values in bins of equal width; share is in percent of all values.
  function bins(values, [low, high], n) {
    const counts = new Array(n).fill(0);
    let all = 0;
    for (const v of values) {
      if (Number.isNaN(v)) continue;
      all++;
      const k = Math.floor((v - low) / (high - low) * n);
      if (k >= 0 && k < n) counts[k]++;
      else if (v === high) counts[n - 1]++;
    }
    return counts.map((count, k) => ({ x1: low + (high - low) * k / n, x2: low + (high - low) * (k + 1) / n, count, share: all ? 100 * count / all : 0 }));
  }

  function extent(lists) {
    let low = Infinity, high = -Infinity;
    for (const list of lists) for (const v of list) if (v < low || v > high) { low = Math.min(low, v); high = Math.max(high, v); }
    if (low > high) return [0, 1];
    if (low === high) return [low - 0.5, high + 0.5];
    return [low, high];
  }

  // steps turns bins into the outline of their histogram.
  const steps = list => list.flatMap(b => [{ x: b.x1, y: b.share }, { x: b.x2, y: b.share }]);

  // scores is the histogram of units, with the null's and the untrained network's as
  // outlines. above tells of a bin whether its units are grid cells.
  function scores({ observed, grid, nulls, untrained, domain, top, threshold, nullTitle, unitTitle }) {
    const n = 48, all = bins(observed, domain, n);
    const cells = bins(Array.from(observed).filter((_, i) => grid[i]), domain, n);
    const total = Array.from(observed).filter(v => !Number.isNaN(v)).length || 1;
    const bars = all.map((b, k) => ({ ...b, cells: cells[k].count, part: 100 * cells[k].count / total }));
    const marks = [
      Plot.rectY(bars, { x1: "x1", x2: "x2", y: "share", fill: "#9aa4ad", fillOpacity: 0.6, insetLeft: 0.5, insetRight: 0.5 }),
      Plot.rectY(bars, { x1: "x1", x2: "x2", y: "part", fill: Maps.classLooks.grid.color, insetLeft: 0.5, insetRight: 0.5 }),
    ];
    if (nulls) marks.push(Plot.lineY(steps(bins(nulls, domain, n)), { x: "x", y: "y", stroke: "#d55e00", strokeWidth: 1.5 }));
    if (untrained) marks.push(Plot.lineY(steps(bins(untrained, domain, n)), { x: "x", y: "y", stroke: ink, strokeDasharray: "3,2", clip: true }));
    if (threshold !== undefined && !Number.isNaN(threshold)) marks.push(Plot.ruleX([threshold], { stroke: ink, strokeWidth: 1.5 }));
    marks.push(Plot.tip(bars, Plot.pointerX({ x: b => (b.x1 + b.x2) / 2, y: "share", title: b => `${short(b.x1)} to ${short(b.x2)}\n${b.count} ${unitTitle}, ${b.cells} grid cells` })), Plot.ruleY([0]));
    return { x: { label: "gridness", domain }, y: { label: "% of units", domain: [0, top], clamp: true }, marks };
  }
  const highest = (values, domain) => Math.max(...bins(values, domain, 48).map(b => b.share));

  function classBars(counts, units) {
    const rows = Judge.classes.map(k => ({ k, title: Maps.classLooks[k].title, n: counts[k], share: 100 * counts[k] / units }));
    return {
      height: 190, marginLeft: 110, x: { label: "% of units", domain: [0, Math.max(2, ...rows.map(r => r.share)) * 1.3] }, y: { label: null, domain: rows.map(r => r.title) },
      marks: [
        Plot.barX(rows, { x: "share", y: "title", fill: r => Maps.classLooks[r.k].color, tip: true, title: r => `${r.title}: ${r.n} of ${units} units` }),
        Plot.text(rows, { x: "share", y: "title", text: r => `${r.n} (${r.share.toFixed(1)} %)`, textAnchor: "start", dx: 4 }),
        Plot.ruleX([0]),
      ],
    };
  }

  function scales(values, domain, noun) {
    const list = bins(values, domain, 24);
    return {
      x: { label: "grid scale (m)", domain }, y: { label: noun },
      marks: [Plot.rectY(list, { x1: "x1", x2: "x2", y: "count", fill: Maps.classLooks.grid.color, inset: 0.5, tip: true, title: b => `${short(b.x1)} to ${short(b.x2)} m\n${b.count} ${noun}` }), Plot.ruleY([0])],
    };
  }

  // lines draws named curves: rows of {x, y, name}. Names stand in the legend above.
  function lines(rows, { x, y, names, dashed = () => false, rules = [], zero = false }) {
    const color = name => colors[names.indexOf(name) % colors.length];
    return {
      x: { label: x }, y: { label: y, grid: true, zero },
      marks: [
        ...rules.map(r => Plot.ruleY([r.y], { stroke: r.color || ink, strokeDasharray: "2,3" })),
        ...rules.map(r => Plot.text([r], { y: "y", text: "text", frameAnchor: "right", dy: -6, textAnchor: "end" })),
        ...d3.groups(rows, r => r.name).map(([name, of]) => Plot.lineY(of, { x: "x", y: "y", stroke: color(name), strokeWidth: 1.8, strokeDasharray: dashed(name) ? "4,3" : null })),
        Plot.tip(rows, Plot.pointer({ x: "x", y: "y", title: r => `${r.name}\n${x}: ${short(r.x)}\n${y}: ${short(r.y)}` })),
      ],
    };
  }

  // legend names the colours of lines.
  function legend(names, dashed = () => false) {
    return el("ul", { class: "legend" }, ...names.map((name, i) => {
      const line = el("span", { class: "line" });
      line.style.borderTop = `2px ${dashed(name) ? "dashed" : "solid"} ${colors[i % colors.length]}`;
      return el("li", {}, line, name);
    }));
  }

  // trajectory shows a path and what was decoded. A step through a wall of a periodic
  // room is not drawn.
  function trajectory(t, side, time) {
    const path = values => {
      const rows = [];
      for (let i = 0; i + 1 < values.length; i += 2) {
        const p = { x: values[i], y: values[i + 1], t: i / 2 };
        const last = rows[rows.length - 1];
        if (t.periodic && last && (Math.abs(p.x - last.x) > side / 2 || Math.abs(p.y - last.y) > side / 2)) rows.push({ x: NaN, y: NaN, t: p.t });
        rows.push(p);
      }
      return rows;
    };
    const truth = path(t.true).map(p => ({ ...p, name: "true path" })), decoded = path(t.decoded).map(p => ({ ...p, name: "decoded" }));
    const half = side > 0 ? side / 2 : Math.max(...extent([t.true, t.decoded]).map(Math.abs));
    return {
      aspectRatio: 1, height: undefined, x: { label: "x (m)", domain: [-half, half] }, y: { label: "y (m)", domain: [-half, half] },
      marks: [
        Plot.frame({ stroke: ink, strokeOpacity: 0.4 }),
        Plot.line(truth, { x: "x", y: "y", stroke: colors[0], strokeWidth: 1.8 }),
        Plot.line(decoded, { x: "x", y: "y", stroke: colors[1], strokeWidth: 1.4, strokeDasharray: "4,2" }),
        Plot.dot(truth.slice(0, 1), { x: "x", y: "y", fill: colors[0], r: 4 }),
        Plot.tip([...truth, ...decoded], Plot.pointer({ x: "x", y: "y", title: p => `${p.name}, ${time(p.t)}\nx ${short(p.x)} m, y ${short(p.y)} m` })),
      ],
    };
  }

  return { el, percent, points, percentRange, pointRange, short, save, saveSVG, savePNG, Figure, bins, extent, steps, highest, scores, classBars, scales, lines, legend, trajectory, colors };
})();
