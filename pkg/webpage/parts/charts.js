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

  // probability writes a p value from so many draws, with its sign: "= 0.031". The least
  // p that n draws can give is 1/(n+1), which is a bound and no estimate: "< 0.01".
  function probability(p, draws) {
    if (p === null || p === undefined || Number.isNaN(p)) return "unknown";
    if (!(draws > 0) || p > (1 + 1e-9) / (draws + 1)) return p < 0.001 ? "< 0.001" : "= " + Number(p.toPrecision(2));
    const power = 10 ** Math.floor(Math.log10(p));
    return "< " + Number((Math.ceil(p / power - 1e-9) * power).toPrecision(1));
  }

  function save(name, blob) {
    const link = el("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function svgElement(tag, attributes = {}, ...children) {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    e.append(...children);
    return e;
  }

  // A Key says what the marks of a plot mean. It stands under the plot on the page,
  // and in the files that are saved.
  //   entries  of a legend: { text, color, look: "line", "dashed" or "box" }
  //   bar      the colours of a map: { colormap, low, high, text }
  const lineHeight = 20, textSize = 12;

  function keyElement({ entries = [], bar }) {
    const parts = [];
    if (bar) {
      parts.push(el("div", { class: "colorbar" }, el("span", {}, short(bar.low)), barCanvas(bar.colormap), el("span", {}, short(bar.high)), el("span", { class: "soft" }, bar.text)));
    }
    if (entries.length > 0) {
      parts.push(el("ul", { class: "legend" }, ...entries.map(e => {
        const sign = el("span", { class: e.look === "box" ? "box" : "line" });
        if (e.look === "box") sign.style.background = e.color; else sign.style.borderTop = `2px ${e.look === "dashed" ? "dashed" : "solid"} ${e.color}`;
        return el("li", {}, sign, e.text);
      })));
    }
    return el("div", { class: "key" }, ...parts);
  }

  function barCanvas(colormap) {
    const canvas = el("canvas", { width: 256, height: 1, class: "bar", "aria-hidden": "true" }), context = canvas.getContext("2d");
    for (let k = 0; k < 256; k++) {
      context.fillStyle = Maps.color(colormap, (k + 0.5) / 256);
      context.fillRect(k, 0, 1, 1);
    }
    return canvas;
  }

  let ruler;
  // measure returns the width of a text of a key.
  function measure(text) {
    if (!ruler) {
      ruler = el("canvas").getContext("2d");
      ruler.font = textSize + "px sans-serif";
    }
    return ruler.measureText(text).width;
  }

  // keyLines lays a key out in lines of at most a width. It returns elements of SVG and
  // their height.
  function keyLines({ entries = [], bar }, width) {
    const parts = [], middle = lineHeight / 2, sign = 26, gap = 16;
    let x = 8, y = 0;
    const text = (at, of, attributes = {}) => parts.push(svgElement("text", { x: at, y: y + middle, dy: "0.35em", fill: "currentColor", "font-size": textSize, ...attributes }, of));
    if (bar) {
      const low = short(bar.low), high = short(bar.high), length = 128, all = [low, high, bar.text].reduce((sum, t) => sum + measure(t), length + 3 * 8);
      x = Math.max(8, (width - all) / 2);
      text(x, low);
      x += measure(low) + 8;
      parts.push(svgElement("image", { x, y: y + 4, width: length, height: lineHeight - 8, preserveAspectRatio: "none", href: barCanvas(bar.colormap).toDataURL() }));
      x += length + 8;
      text(x, high);
      text(x + measure(high) + 8, bar.text);
      x = 8;
      y += lineHeight;
    }
    for (const e of entries) {
      const room = sign + measure(e.text) + gap;
      if (x > 8 && x + room > width) { x = 8; y += lineHeight; }
      parts.push(e.look === "box" ? svgElement("rect", { x: x + 4, y: y + middle - 6, width: 12, height: 12, fill: e.color })
        : svgElement("line", { x1: x, x2: x + 20, y1: y + middle, y2: y + middle, stroke: e.color, "stroke-width": 2, ...(e.look === "dashed" ? { "stroke-dasharray": "4,3" } : {}) }));
      text(x + sign, e.text);
      x += room;
    }
    return { parts, height: y + (x > 8 ? lineHeight : 0) };
  }

  // standalone returns a plot with its title and key as an SVG that other programs can
  // show.
  function standalone({ svg, title, of, key }) {
    const style = getComputedStyle(document.body), copy = svg.cloneNode(true), box = svg.viewBox.baseVal;
    for (const tip of copy.querySelectorAll("[aria-label=tip]")) tip.remove();
    const head = 26, under = keyLines(key, box.width), height = head + box.height + under.height + 6;
    for (const [k, v] of Object.entries({ x: 0, y: head, width: box.width, height: box.height })) copy.setAttribute(k, v);
    const root = svgElement("svg", { width: box.width, height, viewBox: `0 0 ${box.width} ${height}`, "font-family": "sans-serif", role: "img", "aria-label": svg.getAttribute("aria-label") },
      svgElement("rect", { width: "100%", height: "100%", fill: style.backgroundColor }),
      svgElement("text", { x: 8, y: 18, fill: "currentColor", "font-size": 14, "font-weight": "bold" }, of ? `${of}: ${title}` : title),
      copy, svgElement("g", { transform: `translate(0,${head + box.height})` }, ...under.parts));
    root.style.color = style.color;
    return { text: new XMLSerializer().serializeToString(root), width: box.width, height };
  }

  const saveSVG = (name, figure) => save(name + ".svg", new Blob([standalone(figure).text], { type: "image/svg+xml" }));

  // savePNG draws at three times the size of the screen, which is sharp in print.
  async function savePNG(name, figure) {
    const { text, width, height } = standalone(figure), scale = 3, image = new Image();
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text);
    await image.decode();
    const canvas = el("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(blob => save(name + ".png", blob));
  }

  // A Figure holds a plot, its title, its key and the buttons that save it. of is what
  // the plot is about; the saved files have it before the title.
  class Figure {
    constructor(name, title, { height = 240, of = "" } = {}) {
      this.title = title;
      this.of = of;
      this.place = el("div", { class: "plot" });
      this.under = el("div", { class: "key" });
      const tools = el("span", { class: "tools" },
        el("button", { type: "button", "aria-label": `Save ${title} as SVG`, onclick: () => this.svg && saveSVG(name, this) }, "SVG"),
        el("button", { type: "button", "aria-label": `Save ${title} as PNG`, onclick: () => this.svg && savePNG(name, this) }, "PNG"));
      this.element = el("figure", { class: "figure", id: "figure-" + name }, el("figcaption", {}, el("span", { class: "title" }, title), tools), this.place, this.under);
      this.height = height;
    }
    // show draws the plot of options, which are those of Plot.plot; null hides the
    // figure. label is what is read out instead of the plot.
    show(options, label = this.title, key = {}) {
      this.element.hidden = !options;
      this.last = options && [options, label, key];
      if (!options) return;
      this.key = key;
      this.room = this.place.clientWidth;
      const width = Math.max(240, Math.min(900, this.place.clientWidth || 420));
      const svg = Plot.plot({ width, height: this.height, marginLeft: 48, marginBottom: 40, marginTop: 26, style: { background: "none", fontSize: "12px", overflow: "visible" }, ...options });
      svg.setAttribute("role", "img");
      svg.setAttribute("aria-label", label);
      this.svg = svg;
      this.place.replaceChildren(svg);
      this.under.replaceWith(this.under = keyElement(key));
    }
    // fit draws again if the figure has another width than when it was drawn, because
    // figures beside it came or went.
    fit() {
      if (this.last && this.room !== this.place.clientWidth) this.show(...this.last);
    }
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
  const scoresKey = ({ nulls, untrained }) => ({
    entries: [{ text: "units", color: "#9aa4ad", look: "box" }, { text: "grid cells", color: Maps.classLooks.grid.color, look: "box" },
      ...(nulls ? [{ text: "null maps", color: "#d55e00", look: "line" }] : []), ...(untrained ? [{ text: "untrained network", color: ink, look: "dashed" }] : [])],
  });
  const highest = (values, domain) => Math.max(...bins(values, domain, 48).map(b => b.share));

  function classBars(counts, units) {
    const rows = Judge.classes.map(k => ({ k, title: Maps.classLooks[k].title, n: counts[k], share: 100 * counts[k] / units }));
    return {
      marginLeft: 110, x: { label: "% of units", domain: [0, Math.max(2, ...rows.map(r => r.share)) * 1.3] }, y: { label: null, domain: rows.map(r => r.title) },
      marks: [
        Plot.barX(rows, { x: "share", y: "title", fill: r => Maps.classLooks[r.k].color, tip: true, title: r => `${r.title}: ${r.n} of ${units} units` }),
        Plot.text(rows, { x: "share", y: "title", text: r => `${r.n} (${r.share.toFixed(1)} %)`, textAnchor: "start", dx: 4 }),
        Plot.ruleX([0]),
      ],
    };
  }

  // scatter shows two columns of units against each other. rows are { x, y, k, unit },
  // k being the class.
  function scatter(rows, { x, y }) {
    return {
      grid: true, nice: true, x: { label: x }, y: { label: y },
      marks: [
        Plot.dot(rows, { x: "x", y: "y", r: 3, fill: r => Maps.classLooks[r.k].color, fillOpacity: 0.8 }),
        Plot.tip(rows, Plot.pointer({ x: "x", y: "y", title: r => `unit ${r.unit}, ${Maps.classLooks[r.k].title}\n${x}: ${short(r.x)}\n${y}: ${short(r.y)}` })),
      ],
    };
  }
  const classKey = counts => ({ entries: Judge.classes.filter(k => counts[k] > 0).map(k => ({ text: Maps.classLooks[k].title, color: Maps.classLooks[k].color, look: "box" })) });

  function scales(values, domain, noun) {
    const list = bins(values, domain, 24);
    return {
      x: { label: "grid scale (m)", domain }, y: { label: noun, ticks: Math.min(5, Math.max(1, d3.max(list, b => b.count) || 1)) }, // whole numbers
      marks: [Plot.rectY(list, { x1: "x1", x2: "x2", y: "count", fill: Maps.classLooks.grid.color, inset: 0.5, tip: true, title: b => `${short(b.x1)} to ${short(b.x2)} m\n${b.count} ${noun}` }), Plot.ruleY([0])],
    };
  }

  // lines draws named curves: rows of {x, y, name}. Names stand in the key.
  function lines(rows, { x, y, names, dashed = () => false, rules = [], zero = false }) {
    const color = name => colors[names.indexOf(name) % colors.length];
    return {
      x: { label: x }, y: { label: y, grid: true, zero },
      marks: [
        ...rules.map(r => Plot.ruleY([r.y], { stroke: r.color || ink, strokeDasharray: "2,3" })),
        ...rules.map(r => Plot.text([r], { y: "y", text: "text", frameAnchor: "right", dy: -9, textAnchor: "end" })),
        ...d3.groups(rows, r => r.name).map(([name, of]) => Plot.lineY(of, { x: "x", y: "y", stroke: color(name), strokeWidth: 1.8, strokeDasharray: dashed(name) ? "4,3" : null })),
        Plot.tip(rows, Plot.pointer({ x: "x", y: "y", maxRadius: Infinity, title: r => `${r.name}\n${x}: ${short(r.x)}\n${y}: ${short(r.y)}` })),
      ],
    };
  }

  // curveKey names the colours of lines, and curveLabel says where they begin and end.
  const curveKey = (names, dashed = () => false) => ({ entries: names.map((text, k) => ({ text, color: colors[k % colors.length], look: dashed(text) ? "dashed" : "line" })) });
  const curveLabel = (title, rows, names) => `${title}. ` + names.map(name => {
    const of = rows.filter(r => r.name === name);
    return of.length ? `${name}: ${short(of[0].y)} at ${short(of[0].x)}, ${short(of.at(-1).y)} at ${short(of.at(-1).x)}` : name;
  }).join("; ");

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

  return { el, percent, points, percentRange, pointRange, short, probability, save, Figure, bins, extent, highest, scores, scoresKey, classBars, scatter, classKey, scales, lines, curveKey, curveLabel, trajectory };
})();
