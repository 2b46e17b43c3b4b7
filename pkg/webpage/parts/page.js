"use strict";
// State, controls and sections of the page.
(() => {
  const { el, percent, points, percentRange, pointRange, short, probability, Figure } = Charts;
  const $ = id => document.getElementById(id);
  const data = Data.read($("data").textContent);
  const runs = data.runs, several = runs.length > 1;
  const updates = [...new Set(runs.flatMap(r => r.frames.map(f => f.update)))].sort((a, b) => a - b);

  const state = {
    shown: new Set(runs.keys()), layer: runs[0].frames.at(-1).layers[0].name, frame: updates.length - 1, tab: "overview", look: "maps",
    criterion: null, axes: ["score_60", "head_direction_length"], colormap: data.colormaps.find(m => m.name === data.colormap) || data.colormaps[0],
    filters: new Map(), classes: new Set(Judge.classes), sort: { column: "score_60", descending: true },
  };

  // frameOf returns the units of a run at the time of the slider: the last frame that
  // is not later, or else the run's first.
  function frameOf(run) {
    let at = 0;
    run.frames.forEach((f, k) => { if (f.update === null || updates[state.frame] === null || f.update <= updates[state.frame]) at = k; });
    return at;
  }
  const layerOf = run => run.layer(state.layer, frameOf(run));
  const shown = () => [...state.shown].sort((a, b) => a - b).map(k => runs[k]);
  const first = () => runs.map(layerOf).find(l => l);

  // opening is the criterion that made the classes in the input, if that is known.
  function opening(layer) {
    const score = layer.scores.includes("score_60") ? "score_60" : layer.scores[0], nulls = layer.nulls(score), rule = runs[0].rule;
    const nullName = rule && rule.null && nulls.includes(rule.null) ? rule.null : nulls.includes("field") ? "field" : nulls[0] || "";
    const own = rule ? rule.threshold === "own" && nulls.includes(rule.null) : nullName !== "";
    return {
      score, null: nullName, kind: own ? "own" : "fixed", percentile: 95, threshold: rule ? rule.cut : data.criterion,
      significant: rule && rule.q_null && nulls.includes(rule.q_null) ? rule.q_null : "",
    };
  }

  // ---- controls -------------------------------------------------------------

  function options(select, list, value) {
    select.replaceChildren(...list.map(([v, text]) => el("option", { value: v }, text)));
    select.value = value;
  }

  const nullTitle = name => Object.hasOwn(data.nulls, name) ? data.nulls[name] : name;

  // fit makes the criterion one that the layer has data for, and sets the controls.
  function fit() {
    const layer = first(), c = state.criterion;
    if (!layer) return;
    if (!layer.scores.includes(c.score)) c.score = layer.scores[0];
    const nulls = layer.nulls(c.score);
    if (!nulls.includes(c.null)) c.null = nulls[0] || "";
    if (!nulls.includes(c.significant)) c.significant = "";
    if (!c.null) c.kind = "fixed";
    const known = c.null ? Judge.percentiles(layer, c) : [];
    if (known && c.kind === "own" && !known.includes(c.percentile)) c.percentile = known[0] ?? 95;
    options($("score"), layer.scores.map(s => [s, s]), c.score);
    options($("null"), nulls.length ? nulls.map(n => [n, nullTitle(n)]) : [["", "none known"]], c.null);
    options($("significant"), [["", "(not asked for)"], ...nulls.map(n => [n, nullTitle(n)])], c.significant);
    $("kind-own").checked = c.kind === "own";
    $("kind-fixed").checked = c.kind === "fixed";
    $("kind-own").disabled = !c.null;
    const slider = $("percentile");
    slider.disabled = !c.null;
    // Without null scores only the thresholds in the columns are known.
    slider.min = known ? Math.min(...known, 95) : 50;
    slider.max = known ? Math.max(...known, 95) : 100;
    slider.step = known ? 4 : 0.5;
    slider.value = c.percentile;
    $("percentile-value").value = c.percentile + " %";
    $("threshold").value = c.threshold;
    $("threshold-value").value = c.threshold.toFixed(2).replace("-", "−");
    $("frame").value = state.frame;
    $("frame-value").value = updates[state.frame] === null ? "" : String(updates[state.frame]);
  }

  function setControls() {
    const layers = [...new Set(runs.flatMap(r => r.frames.flatMap(f => f.layers.map(l => l.name))))];
    options($("layer"), layers.map(l => [l, l]), state.layer);
    $("layer-control").hidden = layers.length < 2;
    options($("colormap"), data.colormaps.map(m => [m.name, m.name]), state.colormap.name);
    const on = (id, event, act) => $(id).addEventListener(event, e => { act(e.target); refresh(); });
    const c = () => state.criterion;
    on("layer", "change", t => { state.layer = t.value; });
    on("score", "change", t => {
      if (state.sort.column === c().score) state.sort.column = t.value;
      state.axes = state.axes.map(n => n === c().score ? t.value : n);
      c().score = t.value;
    });
    on("null", "change", t => { c().null = t.value; });
    on("significant", "change", t => { c().significant = t.value; });
    on("kind-own", "change", () => { c().kind = "own"; });
    on("kind-fixed", "change", () => { c().kind = "fixed"; });
    on("percentile", "input", t => { c().percentile = Number(t.value); c().kind = "own"; });
    on("threshold", "input", t => { c().threshold = Number(t.value); c().kind = "fixed"; });
    on("colormap", "change", t => { state.colormap = data.colormaps.find(m => m.name === t.value); });
    $("controls").addEventListener("submit", e => e.preventDefault());
    $("theme").addEventListener("change", e => {
      if (e.target.value) document.documentElement.dataset.theme = e.target.value;
      else delete document.documentElement.dataset.theme;
      refresh();
    });
    $("frame-control").hidden = runs.every(r => r.frames.length < 2);
    $("frame").max = updates.length - 1;
    on("frame", "input", t => { state.frame = Number(t.value); });
    if (several) {
      $("runs").hidden = false;
      runs.forEach((run, k) => {
        const box = el("input", { type: "checkbox", checked: true });
        box.addEventListener("change", () => {
          if (box.checked) state.shown.add(k); else state.shown.delete(k);
          refresh();
        });
        $("runs").append(el("label", {}, box, run.name));
      });
    }
  }

  // ---- tabs -----------------------------------------------------------------

  // There is no network where all units are recorded neurons.
  const tabs = [["overview", "Overview"], ["units", "Units"], ["network", "Network"], ["provenance", "Provenance"]].filter(([name]) => name !== "network" || !runs.every(r => r.recorded));
  function setTabs() {
    const buttons = tabs.map(([name, title]) => el("button", { type: "button", role: "tab", id: "tab-" + name, "aria-controls": "panel-" + name, onclick: () => choose(name) }, title));
    $("tabs").append(...buttons);
    $("tabs").addEventListener("keydown", e => {
      const at = tabs.findIndex(([name]) => name === state.tab), last = tabs.length - 1;
      const k = { ArrowRight: at < last ? at + 1 : 0, ArrowLeft: at > 0 ? at - 1 : last, Home: 0, End: last }[e.key];
      if (k === undefined) return;
      e.preventDefault();
      choose(tabs[k][0]);
      buttons[k].focus();
    });
  }
  // The address tells what is shown, so that it can be linked: #units or, for a
  // unit of the first run, #units/12.
  const remember = hash => { try { history.replaceState(null, "", "#" + hash); } catch { /* a page from a file may lack the right */ } };
  function choose(name) {
    state.tab = name;
    if (document.documentElement.dataset.ready) remember(name);
    for (const [other] of tabs) {
      $("tab-" + other).setAttribute("aria-selected", other === name);
      $("tab-" + other).tabIndex = other === name ? 0 : -1;
      $("panel-" + other).hidden = other !== name;
    }
    refresh();
  }

  // ---- what is computed -----------------------------------------------------

  // contexts holds for each run that is shown what follows from the criterion.
  function contexts() {
    return shown().map(run => {
      const layer = layerOf(run);
      if (!layer) return { run };
      const criterion = state.criterion, judged = Judge.judge(layer, criterion);
      return { run, layer, criterion, judged, columns: Units.view(layer, judged, criterion), colormap: state.colormap, sort: state.sort, filters: state.filters, axes: state.axes };
    });
  }

  // ordinal writes 95th, 91st, 94.5th.
  function ordinal(n) {
    const last = n % 10, teen = Math.trunc(n / 10) % 10 === 1;
    return n + (teen || !Number.isInteger(n) ? "th" : { 1: "st", 2: "nd", 3: "rd" }[last] || "th");
  }
  const thresholdText = c => c.kind === "own" ? `above the ${ordinal(c.percentile)} percentile of their own null scores (${nullTitle(c.null)})` : `above a gridness of ${c.threshold.toFixed(2)}`;

  // ---- overview -------------------------------------------------------------

  // A RunOverview is the column of a run in the overview.
  class RunOverview {
    constructor(run, k) {
      const id = name => name + (several ? "-" + (k + 1) : "");
      this.headline = el("p", { class: "headline", id: id("headline") });
      const of = several ? run.name : "";
      this.scores = new Figure(id("gridness"), "Gridness", { height: 250, of });
      this.classes = new Figure(id("classes"), "Classes", { height: 280, of });
      this.scales = new Figure(id("scales"), "Scales of the grid cells", { height: 280, of });
      this.facts = el("div", { class: "table", id: id("nulls") });
      this.element = el("div", { class: "run" }, several ? el("h2", {}, run.name) : null, this.headline,
        el("div", { class: "figures" }, this.scores.element, this.classes.element, this.scales.element), el("h3", {}, "Comparison with the nulls"), this.facts);
    }
    show({ run, layer, criterion: c, judged }, axes) {
      const compared = Judge.compare(layer, c), of = judged.cells;
      this.headline.replaceChildren(el("b", {}, percent(judged.share)), el("span", {}, `[${percentRange(judged.interval).slice(1, -1)}]`),
        el("span", {}, `${of} of ${layer.units} units are grid cells: ${thresholdText(c)}` + (c.significant ? `, and q ≤ 0.05 in ${nullTitle(c.significant)}` : "")),
        el("span", { class: "soft" }, chanceText(c, compared, run)));
      const nulls = layer.scoresOf(c.null, c.score), untrained = layer.untrained.get(c.score);
      this.scores.show(Charts.scores({
        observed: judged.scores, grid: judged.grid, nulls: nulls && nulls.pooled(), untrained, domain: axes.scores, top: axes.top,
        threshold: c.kind === "fixed" ? c.threshold : NaN, unitTitle: "units",
      }), `Histogram of gridness of ${layer.units} units, ${of} of them grid cells`, Charts.scoresKey({ nulls, untrained }));
      this.classes.show(Charts.classBars(judged.counts, layer.units), Judge.classes.map(k => `${Maps.classLooks[k].title} ${judged.counts[k]}`).join(", "));
      const scale = layer.columns.get("grid_scale_m"), own = scale ? scale.filter((v, i) => judged.grid[i] && !Number.isNaN(v)) : [];
      this.scales.show(own.length ? Charts.scales(own, axes.scales, "grid cells") : null, `Histogram of the scales of ${own.length} grid cells`);
      for (const f of [this.scores, this.classes, this.scales]) f.fit();
      this.facts.replaceChildren(...nullTable(layer, c, run));
    }
  }

  function chanceText(c, compared, run) {
    const parts = [];
    if (!Number.isNaN(compared.chance)) parts.push(`${c.kind === "own" ? "chance" : nullTitle(c.null)}: ${percent(compared.chance)}, excess ${points(compared.excess)} points ${pointRange(compared.excessInterval)}`);
    if (!Number.isNaN(compared.p)) parts.push(`p ${probability(compared.p, compared.draws)}`);
    if (run.paper && c.kind === "own" && c.null === "field") parts.push(`the paper: ${percent(run.paper.share)}`);
    return parts.join(" · ");
  }

  // nullTable compares the units with every null that the score was compared with.
  function nullTable(layer, c, run) {
    const nulls = layer.nulls(c.score);
    if (nulls.length === 0) return [el("p", { class: "soft" }, "The input has no nulls. Smooth random maps look like grids too, so a share of grid cells says little by itself: see gridscore --null.")];
    const head = c.kind === "own" ? ["null", `above own ${c.percentile} %`, "95 % interval", "chance", "excess (points)", "mean threshold"]
      : ["null", `above ${c.threshold.toFixed(2)}`, "its share", "excess (points)", "95 % interval", "p"];
    const rows = nulls.map(name => {
      const x = Judge.compare(layer, { ...c, null: name });
      return { name, cells: c.kind === "own"
        ? [nullTitle(name), x.known ? percent(x.share) : "unknown", x.known ? percentRange(x.interval) : "", percent(x.chance), x.known ? points(x.excess) : "", short(x.threshold)]
        : [nullTitle(name), percent(x.share), percent(x.chance), points(x.excess), pointRange(x.excessInterval), Number.isNaN(x.p) ? "–" : probability(x.p, x.draws).replace("= ", "")] };
    });
    return [table(head, rows.map(r => r.cells), "nulls", k => rows[k].name === c.null)];
  }

  // table makes a table of facts, with a button that copies it as CSV.
  function table(head, rows, name, chosen = () => false) {
    const body = rows.map((cells, k) => el("tr", { class: chosen(k) ? "chosen" : null }, el("th", { scope: "row" }, cells[0]), ...cells.slice(1).map(t => el("td", {}, t))));
    return el("div", {}, el("table", { class: "facts" }, el("thead", {}, el("tr", {}, ...head.map(t => el("th", { scope: "col" }, t)))), el("tbody", {}, ...body)),
      el("button", { type: "button", class: "chip copy", onclick: () => copy(Units.csv([head, ...rows]), name) }, "Copy as CSV"));
  }

  async function copy(text, name) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A page opened from a file may lack the right to the clipboard.
      const area = el("textarea", { class: "hidden" });
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      if (!done) {
        Charts.save(name + ".csv", new Blob([text], { type: "text/csv" }));
        say(`saved ${name}.csv`);
        return;
      }
    }
    say(`copied: ${name}`);
  }
  const say = text => { $("status").textContent = text; };

  const overview = runs.map((run, k) => new RunOverview(run, k));

  function runGrid(elements) { return el("div", { class: "runs" }, ...elements); }

  // showOverview gives the plots of all runs the same axes.
  function showOverview(all) {
    const known = all.filter(x => x.layer), c = state.criterion;
    const lists = known.flatMap(x => [x.judged.scores, ...(x.layer.scoresOf(c.null, c.score) ? [x.layer.scoresOf(c.null, c.score).pooled()] : [])]);
    const [low, high] = Charts.extent(lists), domain = [Math.floor(low * 10) / 10, Math.ceil(high * 10) / 10];
    // The untrained network's spike does not set the height of the plots.
    const top = Math.max(1, ...lists.map(l => Charts.highest(l, domain))) * 1.06;
    const [least, most] = Charts.extent(known.map(x => x.layer.columns.get("grid_scale_m") || []));
    const axes = { scores: domain, top, scales: [Math.floor(least * 10) / 10, Math.ceil(most * 10) / 10] };
    // The elements are placed first, because a plot needs to know its width.
    place($("panel-overview"), known.map(x => runs.indexOf(x.run)).join(), () => [runGrid(known.map(x => overview[runs.indexOf(x.run)].element))]);
    for (const x of known) overview[runs.indexOf(x.run)].show(x, axes);
    say(known.map(x => (several ? x.run.name + ": " : "") + `${x.judged.cells} of ${x.layer.units} units are grid cells`).join("; "));
  }

  // place fills a panel, unless it holds what the key says.
  function place(panel, key, elements) {
    if (panel.key === key) return;
    panel.key = key;
    panel.replaceChildren(...elements());
  }

  // ---- units ----------------------------------------------------------------

  const change = {
    sort(column) {
      state.sort = { column, descending: state.sort.column === column ? !state.sort.descending : column !== "unit" && column !== "class" };
      refresh();
    },
    filter(column, text) {
      if (text.trim() === "") state.filters.delete(column); else state.filters.set(column, text);
      refresh();
    },
  };
  const galleries = runs.map(() => new Units.Gallery(open)), tables = runs.map(() => new Units.Table(open, change)), plots = runs.map((run, k) => new Units.Scatter(several ? "scatter-" + (k + 1) : "scatter", several ? run.name : "", open)), counts = runs.map(() => el("p", { class: "soft count" }));
  const chosen = new Map();
  const bar = unitBar();

  // unitBar has the order, the classes and the filters of the units.
  function unitBar() {
    const sort = el("select", { id: "sort", "aria-label": "Order by", onchange: e => { state.sort = { ...state.sort, column: e.target.value }; refresh(); } });
    const direction = el("button", { type: "button", id: "direction", onclick: () => { state.sort = { ...state.sort, descending: !state.sort.descending }; refresh(); } });
    const classes = Judge.classes.map(k => {
      const input = el("input", { type: "checkbox", id: "class-" + k, checked: true, onchange: e => { if (e.target.checked) state.classes.add(k); else state.classes.delete(k); refresh(); } });
      const badge = el("span", { class: "badge", "aria-hidden": "true" }, Maps.classLooks[k].sign);
      badge.style.color = Maps.classLooks[k].color;
      return el("label", {}, input, badge, Maps.classLooks[k].title);
    });
    const column = el("select", { id: "filter-column", "aria-label": "Column to filter" }), text = el("input", { type: "text", id: "filter-text", size: 9, placeholder: "> 0.3", "aria-label": "Filter: > 0.3, 0.1..0.4, - for none" });
    const add = () => { if (text.value.trim()) { change.filter(column.value, text.value); text.value = ""; } };
    text.addEventListener("keydown", e => { if (e.key === "Enter") add(); });
    const chips = el("span", { id: "chips" });
    const axes = ["Across", "Up"].map((title, k) => el("select", { id: k ? "axis-y" : "axis-x", "aria-label": title, onchange: e => { state.axes[k] = e.target.value; refresh(); } }));
    const axesBar = el("span", { class: "tools axes" }, el("label", {}, "Across ", axes[0]), el("label", {}, "Up ", axes[1]));
    const looks = [["maps", "Maps"], ["table", "Table"], ["plot", "Plot"]].map(([name, title]) => el("button", { type: "button", id: "look-" + name, onclick: () => { state.look = name; refresh(); } }, title));
    const csv = el("button", { type: "button", id: "copy-units", onclick: () => copy(unitsCSV(), "units") }, "Copy as CSV");
    return {
      element: el("div", { class: "filters" }, el("span", { class: "tools", role: "group", "aria-label": "Show as" }, ...looks), el("label", {}, "Order", sort), direction,
        el("fieldset", {}, el("legend", { class: "hidden" }, "Classes"), ...classes), el("label", {}, "Filter", column), text, el("button", { type: "button", id: "filter-add", onclick: add }, "Add"), chips, csv, axesBar),
      show(columns) {
        const names = [...columns.keys()];
        if (this.names !== names.join()) {
          this.names = names.join();
          options(sort, names.map(n => [n, n]), state.sort.column);
          options(column, names.map(n => [n, n]), column.value || state.criterion.score);
          // Columns of words have no axis.
          const numbers = names.filter(n => !Array.isArray(columns.get(n)));
          state.axes = state.axes.map((n, k) => numbers.includes(n) ? n : numbers[k + 1] || numbers[0]);
          axes.forEach((a, k) => options(a, numbers.map(n => [n, n]), state.axes[k]));
        }
        axesBar.hidden = state.look !== "plot";
        sort.value = state.sort.column;
        direction.textContent = state.sort.descending ? "▼ falling" : "▲ rising";
        looks.forEach((b, k) => b.setAttribute("aria-pressed", ["maps", "table", "plot"][k] === state.look));
        chips.replaceChildren(...[...state.filters].map(([name, t]) => el("button", { type: "button", class: "chip", "aria-label": `Remove filter ${name} ${t}`, onclick: () => change.filter(name, "") }, `${name} ${t} ✕`)));
      },
    };
  }

  // unitsCSV has the units in view, run by run.
  function unitsCSV() {
    const all = contexts().filter(x => x.layer);
    if (!several) return Units.csvOf(all[0].columns, chosen.get(all[0].run));
    const names = [...new Set(all.flatMap(x => [...x.columns.keys()]))];
    const rows = all.flatMap(x => chosen.get(x.run).map(i => [x.run.name, ...names.map(n => x.columns.has(n) ? x.columns.get(n)[i] : "")]));
    return Units.csv([["run", ...names], ...rows]);
  }

  function showUnits(all) {
    const known = all.filter(x => x.layer);
    if (known.length === 0) return place($("panel-units"), "", () => []);
    bar.show(known[0].columns);
    const views = known.map(x => {
      const k = runs.indexOf(x.run), list = Units.select(x.columns, x.layer, state);
      chosen.set(x.run, list);
      counts[k].textContent = `${list.length} of ${x.layer.units} units`;
      return { x, k, list };
    });
    const look = { maps: galleries, table: tables, plot: plots }[state.look];
    place($("panel-units"), state.look + views.map(v => v.k).join(), () => [bar.element, runGrid(views.map(v =>
      el("div", { class: "run" }, several ? el("h2", {}, v.x.run.name) : null, counts[v.k], look[v.k].element)))]);
    for (const v of views) look[v.k].show(v.x, v.list);
    say(views.map(v => counts[v.k].textContent).join("; "));
  }

  // ---- one unit -------------------------------------------------------------

  let current = null;
  function open(context, i) {
    current = { run: context.run, i };
    if (!$("unit").open) $("unit").showModal();
    showUnit();
  }
  function showUnit() {
    const layer = layerOf(current.run);
    if (!layer) return;
    const judged = Judge.judge(layer, state.criterion);
    const of = `${several ? current.run.name + ": " : ""}${current.run.recorded ? "Neuron " : layer.name + " unit "}${layer.label(current.i)}`;
    $("unit-title").textContent = of;
    if (current.run === runs[0]) remember("units/" + layer.number(current.i));
    UnitPage.content($("unit-content"), { of, run: current.run, layer, i: current.i, criterion: state.criterion, judged, colormap: state.colormap, nullTitle: nullTitle(state.criterion.null) });
  }
  // step opens the next unit in the order of the gallery.
  function step(by) {
    const of = contexts().find(x => x.run === current.run), list = of && of.layer ? Units.select(of.columns, of.layer, state) : [], k = list.indexOf(current.i);
    if (list.length === 0) return;
    current.i = list[(k + by + list.length) % list.length];
    showUnit();
  }
  $("unit-close").addEventListener("click", () => $("unit").close());
  $("unit-previous").addEventListener("click", () => step(-1));
  $("unit-next").addEventListener("click", () => step(1));
  $("unit").addEventListener("keydown", e => {
    if (e.key === "ArrowLeft") step(-1);
    if (e.key === "ArrowRight") step(1);
  });
  $("unit").addEventListener("close", () => remember(state.tab));
  $("unit").addEventListener("click", e => { if (e.target === $("unit")) $("unit").close(); });

  // ---- network --------------------------------------------------------------

  const net = {
    error: new Figure("path-integration", "Error of the position", { height: 400 }), loss: new Figure("loss", "Loss", { height: 400 }), course: new Figure("course", "Grid cells through the training", { height: 400 }),
    trajectories: new Map(), facts: el("div", { class: "table" }),
  };

  function showNetwork(all) {
    const label = (run, text) => several ? `${run.name}, ${text}` : text;
    const chosenRuns = all.map(x => x.run), trajectories = [];
    for (const run of chosenRuns) {
      (run.trajectories || []).forEach((t, k) => {
        const key = runs.indexOf(run) + "-" + k;
        if (!net.trajectories.has(key)) {
          net.trajectories.set(key, new Figure("trajectory-" + key, several ? `${run.name}, example of a path` : "Example of a path"));
        }
        trajectories.push([net.trajectories.get(key), t, run]);
      });
    }
    place($("panel-network"), chosenRuns.map(r => runs.indexOf(r)).join(), () =>
      [el("div", { class: "figures" }, net.error.element, net.loss.element, net.course.element, ...trajectories.map(([f]) => f.element)), net.facts]);
    showErrors(chosenRuns, label);
    showLoss(chosenRuns, label);
    showCourse(chosenRuns, label);
    for (const [f, t, run] of trajectories) {
      const times = run.path_integration ? run.path_integration.time_s : [], time = k => times[Math.round(k)] === undefined ? "step " + k : short(times[Math.round(k)]) + " s";
      const options = Charts.trajectory(t, run.side, time);
      f.show({ ...options, width: Math.min(460, f.place.clientWidth || 420), height: Math.min(460, f.place.clientWidth || 420) }, f.title, Charts.curveKey(["true path", "decoded path"], n => n !== "true path"));
    }
    for (const f of [net.error, net.loss, net.course]) f.fit();
    const rows = chosenRuns.map(run => {
      const e = run.path_integration, u = run.untrained_path_integration, loss = run.log.get("loss"), above = aboveEntropy(run), cm = v => v === null || v === undefined ? "–" : (100 * v).toFixed(1) + " cm";
      return [run.name, e ? cm(e.final_error_m) : "–", u ? cm(u.final_error_m) : "–", e ? cm(e.floor_m) : "–", loss && loss.length ? short(loss.at(-1)) : "–", above && above.length ? short(above.at(-1)) : "–"];
    });
    net.facts.replaceChildren(table(["run", "position error", "untrained", "floor of the place code", "last loss (nats)", "above the targets’ entropy (nats)"], rows, "network"));
  }

  function named(f, rows, names, options, dashed) {
    f.show(rows.length ? Charts.lines(rows, { names, dashed, ...options }) : null, Charts.curveLabel(f.title, rows, names), Charts.curveKey(names, dashed));
  }

  function showErrors(chosenRuns, label) {
    const rows = [], names = [], rules = [];
    for (const run of chosenRuns) {
      for (const [text, e] of [["trained", run.path_integration], ["untrained", run.untrained_path_integration]]) {
        if (!e || !e.time_s) continue;
        const name = label(run, text);
        names.push(name);
        e.time_s.forEach((t, k) => { if (t !== null && e.error_m[k] !== null) rows.push({ x: t, y: e.error_m[k], name }); });
      }
      const floor = run.path_integration && run.path_integration.floor_m;
      if (floor && !rules.some(r => r.y === floor)) rules.push({ y: floor, text: "floor of the place code" });
    }
    named(net.error, rows, names, { x: "time (s)", y: "mean error (m)", rules, zero: true }, n => n.endsWith("untrained"));
  }

  // aboveEntropy is the loss minus the entropy of the targets, which is the least loss
  // that they allow. Logs of older versions do not have the entropy.
  function aboveEntropy(run) {
    const loss = run.log.get("loss"), entropy = run.log.get("entropy");
    return loss && entropy && loss.map((v, k) => v - entropy[k]);
  }

  // showLoss draws the loss and what it has above the entropy of the targets: there 0
  // is a perfect network, so the axis begins at 0.
  function showLoss(chosenRuns, label) {
    const rows = [], names = [], above = "above the targets’ entropy";
    for (const run of chosenRuns) {
      const at = run.log.get("step"), curves = [[run.log.get("loss"), "loss"]];
      if (!several) curves.push([run.log.get("loss_place"), "loss of place cells"], [run.log.get("loss_head_direction"), "loss of head directions"]);
      curves.push([aboveEntropy(run), above]);
      for (const [values, text] of curves) {
        if (!values || !at) continue;
        const name = label(run, text);
        names.push(name);
        values.forEach((v, k) => { if (!Number.isNaN(v)) rows.push({ x: at[k], y: v, name }); });
      }
    }
    const known = names.some(n => n.endsWith(above));
    named(net.loss, rows, names, { x: "updates", y: "loss (nats)", zero: known }, n => n.endsWith(above));
  }

  // showCourse applies the criterion to every frame.
  function showCourse(chosenRuns, label) {
    const rows = [], names = [];
    for (const run of chosenRuns) {
      if (run.frames.length < 2) continue;
      const name = label(run, "grid cells");
      names.push(name);
      run.frames.forEach((f, k) => {
        const layer = run.layer(state.layer, k);
        if (!layer || !layer.columns.has(state.criterion.score)) return;
        const judged = Judge.judge(layer, state.criterion);
        if (judged.thresholds.some(v => !Number.isNaN(v))) rows.push({ x: f.update, y: 100 * judged.share, name });
      });
    }
    named(net.course, rows, names, { x: "updates", y: "grid cells (% of units)", zero: true });
  }

  // ---- provenance -----------------------------------------------------------

  function showProvenance(all) {
    place($("panel-provenance"), all.map(x => runs.indexOf(x.run)).join(), () => [runGrid(all.map(({ run }) => {
      const commands = (run.commands || []).join("\n");
      const stages = (run.stages || []).map(s => el("details", { class: "stage" }, el("summary", {}, `${s.tool} ${s.version}${s.role ? ", " + s.role : ""}`),
        el("dl", {}, ...(s.parameters || []).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]))));
      return el("div", { class: "run" }, several ? el("h2", {}, run.name) : null,
        el("h3", {}, "Commands that make the results again"),
        commands ? el("div", {}, el("button", { type: "button", class: "chip", onclick: () => copy(commands + "\n", "commands") }, "Copy the commands"), el("pre", { tabindex: "0" }, commands)) : el("p", { class: "soft" }, "The input does not say where it comes from."),
        el("h3", {}, "Stages and their parameters"), ...stages);
    })), el("p", { class: "soft" }, `Written by ${data.generator}. Maps are stored with 8 bits a bin, from the lowest to the highest value of each map; all other numbers exactly.`),
      el("details", {}, el("summary", {}, "Licences of the libraries in this page"), el("pre", { tabindex: "0" }, $("licences").textContent))]);
  }

  // ---- all of it ------------------------------------------------------------

  let waiting = false;
  // refresh shows the state, at most once for each picture of the screen.
  function refresh() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; showAll(); });
  }
  function showAll() {
    fit();
    const all = contexts();
    ({ overview: showOverview, units: showUnits, network: showNetwork, provenance: showProvenance })[state.tab](all);
    if ($("unit").open) showUnit();
    document.documentElement.dataset.ready = "yes";
  }
  let resized;
  addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(refresh, 150); });

  document.title = data.title;
  $("title").textContent = data.title;
  state.criterion = opening(first());
  state.sort.column = state.criterion.score;
  setControls();
  setTabs();
  const [tab, unit] = location.hash.slice(1).split("/"), known = tabs.some(([name]) => name === tab);
  choose(known ? tab : "overview");
  if (unit) {
    const layer = layerOf(runs[0]), i = layer ? d3.range(layer.units).find(k => String(layer.number(k)) === unit) : undefined;
    if (i !== undefined) open({ run: runs[0] }, i);
  }
})();
