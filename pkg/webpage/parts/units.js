"use strict";
// Filter and order of the units, their gallery of maps and their table.
const Units = (() => {
  const { el, short } = Charts;

  // view returns the columns of a layer by name, first those that follow from the
  // criterion: class and threshold. A column is a list of numbers or of words.
  function view(layer, judged, criterion) {
    const numbers = layer.columns.has("unit") ? layer.columns.get("unit") : Float64Array.from({ length: layer.units }, (_, i) => i);
    const columns = new Map([["unit", numbers], ["class", judged.classes], [criterion.score, judged.scores], ["threshold", judged.thresholds]]);
    for (const [name, values] of layer.columns) if (!columns.has(name)) columns.set(name, values);
    for (const [name, values] of layer.texts) columns.set(columns.has(name) ? name + " (input)" : name, values);
    return columns;
  }

  // condition reads the filter of a column. Numbers: > 0.3, <= 5, = 3, 0.1..0.4, or -
  // for units without a value. Words: a part of the word. It returns null if the text
  // is no filter, and a function that accepts all for an empty text.
  function condition(text, words) {
    const t = text.trim();
    if (t === "") return () => true;
    if (words) return v => String(v).toLowerCase().includes(t.toLowerCase());
    if (t === "-" || t === "–") return v => Number.isNaN(v);
    const number = "([-−+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[-−+]?\\d+)?)", value = s => parseFloat(s.replaceAll("−", "-"));
    let m = new RegExp(`^(<=|>=|<|>|=|≤|≥)?\\s*${number}$`, "i").exec(t);
    if (m) {
      const x = value(m[2]);
      switch (m[1]) {
        case "<": return v => v < x;
        case "<=": case "≤": return v => v <= x;
        case ">": return v => v > x;
        case ">=": case "≥": return v => v >= x;
        default: return v => v === x;
      }
    }
    m = new RegExp(`^${number}\\s*\\.\\.\\s*${number}$`, "i").exec(t);
    if (m) {
      const low = value(m[1]), high = value(m[2]);
      return v => low <= v && v <= high;
    }
    return null;
  }

  // select returns the units that pass all filters and classes, in order. Units
  // without a value come last in either direction; equal units keep their order.
  function select(columns, layer, { filters, classes, sort }) {
    const tests = [];
    for (const [name, text] of filters) {
      const values = columns.get(name);
      const test = values && condition(text, Array.isArray(values));
      if (test) tests.push(i => test(values[i]));
    }
    const of = columns.get("class"), chosen = [];
    for (let i = 0; i < layer.units; i++) if (classes.has(of[i]) && tests.every(test => test(i))) chosen.push(i);
    const by = columns.get(sort.column), sign = sort.descending ? -1 : 1;
    if (!by) return chosen;
    if (Array.isArray(by)) return chosen.sort((a, b) => sign * (by[a] < by[b] ? -1 : by[a] > by[b] ? 1 : 0) || a - b);
    return chosen.sort((a, b) => {
      const x = by[a], y = by[b], xn = Number.isNaN(x), yn = Number.isNaN(y);
      if (xn || yn) return xn - yn || a - b;
      return sign * (x - y) || a - b;
    });
  }

  // A Gallery shows the maps of units. A tile is drawn when it comes near the window.
  class Gallery {
    constructor(open) {
      this.open = open;
      this.element = el("ul", { class: "gallery" });
      this.element.addEventListener("keydown", e => this.walk(e));
      this.element.addEventListener("focusin", e => this.reach(e.target.closest("li").unit));
      this.tiles = [];
      this.observer = new IntersectionObserver(entries => {
        for (const e of entries) if (e.isIntersecting) this.draw(e.target);
      }, { rootMargin: "400px" });
    }
    show(context, chosen) {
      const fresh = this.layer !== context.layer;
      this.context = context;
      this.layer = context.layer;
      if (fresh) {
        this.observer.disconnect();
        this.tiles = Array.from({ length: this.layer.units }, (_, i) => this.tile(i));
      }
      const colored = context.colormap.name;
      for (const tile of this.tiles) {
        if (fresh || this.colored !== colored) tile.drawn = false;
      }
      this.colored = colored;
      const order = chosen.map(i => this.tiles[i].element);
      const shown = this.element.children;
      if (fresh || order.length !== shown.length || order.some((e, k) => e !== shown[k])) this.element.replaceChildren(...order);
      for (const i of chosen) this.label(i);
      for (const i of chosen) {
        const t = this.tiles[i];
        if (t.drawn) continue;
        this.observer.unobserve(t.element);
        this.observer.observe(t.element);
      }
      this.reach(chosen.includes(this.focused) ? this.focused : chosen[0]);
      this.drawRest(chosen);
    }
    // drawRest draws the tiles far from the window while there is nothing else to do, so
    // that they are ready when they come.
    drawRest(chosen) {
      const idle = globalThis.requestIdleCallback;
      if (!idle) return;
      const rest = chosen.map(i => this.tiles[i]), layer = this.layer, colored = this.colored;
      const some = deadline => {
        if (this.layer !== layer || this.colored !== colored) return;
        while (rest.length > 0 && deadline.timeRemaining() > 4) this.draw(rest.shift().element);
        if (rest.length > 0) idle(some);
      };
      idle(some);
    }
    // reach makes one tile the stop of the tab key; arrow keys walk from it.
    reach(i) {
      if (this.tiles[this.focused]) this.tiles[this.focused].button.tabIndex = -1;
      this.focused = i;
      if (this.tiles[i]) this.tiles[i].button.tabIndex = 0;
    }
    walk(e) {
      const list = [...this.element.children], at = list.indexOf(e.target.closest("li"));
      if (at < 0) return;
      const across = getComputedStyle(this.element).gridTemplateColumns.split(" ").length;
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + across, ArrowUp: at - across, Home: 0, End: list.length - 1 }[e.key];
      if (to === undefined || !list[to]) return;
      e.preventDefault();
      list[to].firstChild.focus();
    }
    tile(i) {
      const maps = el("span", { class: "pair" });
      const text = el("span", { class: "name" }), badge = el("span", { class: "badge" });
      const button = el("button", { type: "button", class: "tile", tabindex: "-1", onclick: () => this.open(this.context, i) }, maps, el("span", { class: "under" }, badge, text));
      const element = el("li", {}, button);
      element.unit = i;
      return { element, button, maps, text, badge, drawn: false };
    }
    label(i) {
      const t = this.tiles[i], { judged, layer, sort, columns } = this.context, look = Maps.classLooks[judged.classes[i]];
      const by = columns.get(sort.column), other = by && !["unit", "class", this.context.criterion.score].includes(sort.column) ? ` · ${Array.isArray(by) ? by[i] : short(by[i])}` : "";
      const text = `${layer.label(i)} (${short(judged.scores[i])})${other}`;
      if (t.text.textContent !== text) t.text.textContent = text;
      if (t.look !== look) {
        t.look = look;
        t.badge.textContent = look.sign;
        t.badge.style.color = look.color;
      }
      t.button.setAttribute("aria-label", `Unit ${layer.label(i)}, ${look.title}, gridness ${short(judged.scores[i])}`);
    }
    draw(element) {
      const t = this.tiles[element.unit];
      if (!t || t.drawn) return;
      t.drawn = true;
      const pictures = [];
      for (const maps of [this.layer.ratemaps, this.layer.sacs]) {
        if (maps.count === 0) continue;
        const image = el("img", { class: "map", alt: "", src: Maps.address(maps.picture(element.unit), maps, this.context.colormap) });
        const size = this.context.run.sizes(this.layer), shape = maps.nx * size.x / (maps.ny * size.y);
        if (Math.abs(shape - 1) > 1e-9) {
          image.style.aspectRatio = shape;
          image.style.width = 100 * Math.min(1, shape) + "%";
        }
        pictures.push(image);
      }
      t.maps.replaceChildren(...pictures);
    }
  }

  // A Table shows the columns of units. Only the cells in the window are in the
  // document, so that it scrolls at once however many there are.
  const rowHeight = 30, columnWidth = 150;
  class Table {
    constructor(open, change) {
      this.open = open;
      this.change = change;
      this.head = el("thead");
      this.body = el("tbody");
      this.above = new Spacer();
      this.below = new Spacer();
      this.table = el("table", { class: "units" }, this.head, this.body);
      this.element = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table of units" }, this.table);
      this.element.addEventListener("scroll", () => requestAnimationFrame(() => this.rows()));
    }
    show(context, chosen) {
      const names = [...context.columns.keys()], key = names.join("\n");
      this.context = context;
      this.chosen = chosen;
      if (this.key !== key) {
        this.key = key;
        this.heads(names);
      }
      for (const [name, head] of this.sorters) {
        const on = context.sort.column === name;
        head.cell.setAttribute("aria-sort", on ? (context.sort.descending ? "descending" : "ascending") : "none");
        head.mark.textContent = on ? (context.sort.descending ? " ▼" : " ▲") : "";
        if (head.filter !== document.activeElement) head.filter.value = context.filters.get(name) || "";
        const bad = head.filter.value !== "" && condition(head.filter.value, Array.isArray(context.columns.get(name))) === null;
        head.filter.setAttribute("aria-invalid", bad);
      }
      this.table.setAttribute("aria-rowcount", chosen.length + 2);
      this.table.setAttribute("aria-colcount", names.length);
      this.table.style.width = names.length * columnWidth + "px";
      this.rows(true);
    }
    heads(names) {
      this.sorters = new Map();
      const titles = el("tr"), filters = el("tr", { class: "filter-row" });
      for (const name of names) {
        const mark = el("span", { "aria-hidden": "true" });
        const parts = name.split("_").flatMap((part, k) => k ? ["_", el("wbr"), part] : [part]);
        const button = el("button", { type: "button", title: name, onclick: () => this.change.sort(name) }, ...parts, mark);
        const cell = el("th", { scope: "col" }, button);
        const filter = el("input", { type: "text", "aria-label": "Filter " + name, placeholder: name === "class" ? "word" : "> 0.3", oninput: e => this.change.filter(name, e.target.value) });
        titles.append(cell);
        filters.append(el("td", {}, filter));
        this.sorters.set(name, { cell, mark, filter });
      }
      this.head.replaceChildren(titles, filters);
    }
    // rows puts the rows of the window into the document. Those that stay are kept, so
    // that a step of scrolling makes the few that come into view.
    rows(force) {
      if (!this.chosen) return;
      const height = this.element.clientHeight || 600, n = this.chosen.length;
      const first = Math.max(0, Math.min(n, Math.floor(this.element.scrollTop / rowHeight) - 8)), last = Math.min(n, first + Math.ceil(height / rowHeight) + 16);
      const left = this.element.scrollLeft, columns = this.context.columns.size;
      const from = Math.max(1, Math.floor(left / columnWidth) - 2), to = Math.min(columns, Math.ceil((left + (this.element.clientWidth || 1200)) / columnWidth) + 2);
      if (force || from !== this.from || to !== this.to) {
        this.from = from;
        this.to = to;
        this.shown = new Map();
        this.body.replaceChildren(this.above.row, this.below.row);
      } else if (first === this.first && last === this.last) return;
      this.first = first;
      this.last = last;
      for (const [k, row] of this.shown) {
        if (k >= first && k < last) continue;
        row.remove();
        this.shown.delete(k);
      }
      let after = this.below.row;
      for (let k = last - 1; k >= first; k--) {
        let row = this.shown.get(k);
        if (!row) {
          row = this.row(k);
          this.shown.set(k, row);
          this.body.insertBefore(row, after);
        }
        after = row;
      }
      this.above.set(first, columns);
      this.below.set(n - last, columns);
    }
    // row makes the row of the k-th unit that is listed: its number, and the columns in
    // the window.
    row(k) {
      const { columns, layer } = this.context, i = this.chosen[k], names = [...columns.keys()];
      const open = el("button", { type: "button", "aria-label": "Open unit " + layer.number(i), onclick: () => this.open(this.context, i) }, String(layer.number(i)));
      const cells = [el("th", { scope: "row", "aria-colindex": 1 }, open)], gap = n => n > 0 && cells.push(el("td", { colspan: n, "aria-hidden": "true" }));
      gap(this.from - 1);
      for (let c = this.from; c < this.to; c++) {
        const values = columns.get(names[c]), at = { "aria-colindex": c + 1 };
        if (names[c] === "class") {
          const look = Maps.classLooks[values[i]], badge = el("span", { class: "badge", "aria-hidden": "true" }, look.sign + " ");
          badge.style.color = look.color;
          cells.push(el("td", at, badge, look.title));
        } else {
          cells.push(el("td", Array.isArray(values) ? at : { ...at, class: "number" }, Array.isArray(values) ? values[i] : short(values[i])));
        }
      }
      gap(names.length - this.to);
      return el("tr", { "aria-rowindex": k + 3 }, ...cells);
    }
  }

  // A Spacer stands for the rows above or below the window.
  class Spacer {
    constructor() {
      this.cell = el("td");
      this.row = el("tr", { class: "spacer", "aria-hidden": "true" }, this.cell);
    }
    set(rows, columns) {
      this.row.hidden = rows <= 0;
      this.cell.colSpan = columns;
      this.cell.style.height = rows * rowHeight + "px";
    }
  }

  // A Scatter shows two columns of the units against each other. A click opens the unit
  // under the pointer.
  class Scatter {
    constructor(name, of, open) {
      this.figure = new Charts.Figure(name, "Units", { height: 560, of });
      this.element = this.figure.element;
      this.figure.place.addEventListener("click", () => {
        const at = this.figure.svg.value;
        if (at) open(this.context, at.i);
      });
    }
    show(context, chosen) {
      const { columns, layer, judged, axes: [x, y] } = context, counts = {}, rows = [];
      this.context = context;
      for (const i of chosen) {
        const row = { x: columns.get(x)?.[i] ?? NaN, y: columns.get(y)?.[i] ?? NaN, k: judged.classes[i], i, unit: layer.number(i) };
        if (!Number.isFinite(row.x) || !Number.isFinite(row.y)) continue;
        rows.push(row);
        counts[row.k] = (counts[row.k] || 0) + 1;
      }
      this.figure.show(Charts.scatter(rows, { x, y }), `${y} of ${rows.length} units against ${x}; the table has the same numbers`, Charts.classKey(counts));
    }
  }

  // csv writes a table as RFC 4180 asks: numbers with all their digits.
  function csv(rows) {
    const cell = v => {
      const text = typeof v === "number" ? (Number.isNaN(v) ? "" : String(v)) : String(v ?? "");
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    };
    return rows.map(r => r.map(cell).join(",")).join("\r\n") + "\r\n";
  }

  const csvOf = (columns, chosen) => csv([[...columns.keys()], ...chosen.map(i => [...columns.values()].map(values => values[i]))]);

  return { view, condition, select, Gallery, Table, Scatter, csv, csvOf };
})();
