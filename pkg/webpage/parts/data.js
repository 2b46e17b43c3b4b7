"use strict";
// The data of the file. Numbers are base64 of float64; see the Go package page.
const Data = (() => {
  function bytes(base64) {
    if (!base64) return new Uint8Array(0);
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
    const text = atob(base64);
    const out = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i);
    return out;
  }

  // floats reads numbers. The file is little-endian, and so is every machine with a
  // current browser.
  const floats = base64 => new Float64Array(bytes(base64).buffer);

  // lazily returns a function that computes a value at its first call and keeps it.
  function lazily(compute) {
    let value, done = false;
    return () => {
      if (!done) { value = compute(); done = true; }
      return value;
    };
  }

  // Maps are the maps of all units. picture(i) has the bins of one: 0 to 254 from the
  // lowest to the highest value, 255 where there is none.
  class Maps {
    constructor(raw) {
      this.nx = raw.nx;
      this.ny = raw.ny;
      this.half = raw.half;
      this.low = floats(raw.low);
      this.high = floats(raw.high);
      this.bins = lazily(() => bytes(raw.bins));
    }
    get count() { return this.low.length; }
    picture(i) {
      const size = this.nx * this.ny;
      const stored = this.half ? (size + 1) >> 1 : size;
      const from = this.bins().subarray(i * stored, (i + 1) * stored);
      if (!this.half) return from;
      const out = new Uint8Array(size);
      out.set(from);
      for (let k = stored; k < size; k++) out[k] = from[size - 1 - k];
      return out;
    }
    // values returns the map in its own unit, as exactly as it is stored.
    values(i) {
      const low = this.low[i], high = this.high[i];
      return Float64Array.from(this.picture(i), q => q === 255 ? NaN : low + (high - low) * q / 254);
    }
  }

  // NullScores are the scores of one null by one definition of gridness.
  class NullScores {
    constructor(raw) {
      this.draws = raw.draws || [];
      this.all = floats(raw.own);
      this.common = floats(raw.common);
      this.commonRising = lazily(() => Stats.defined(this.common));
      let at = 0;
      this.perUnit = this.draws.map(n => this.all.subarray(at, at += n));
      this.rising = this.perUnit.map(scores => lazily(() => Stats.defined(scores)));
    }
    get own() { return this.all.length > 0; }
    // of returns the null scores that a unit is compared with.
    of(unit) { return this.own ? this.perUnit[unit] : this.common; }
    risingOf(unit) { return this.own ? this.rising[unit]() : this.commonRising(); }
    // pooled returns all scores of the null.
    pooled() { return this.own ? this.all : this.common; }
  }

  class Layer {
    constructor(raw) {
      this.name = raw.name;
      [this.nx, this.ny] = raw.bins;
      this.units = raw.units;
      this.summary = raw.summary;
      this.draws = raw.draws || {};
      this.columns = new Map((raw.columns || []).map(c => [c.name, floats(c.values)]));
      this.texts = new Map((raw.texts || []).map(t => [t.name, t.values]));
      this.ratemaps = new Maps(raw.ratemaps);
      this.sacs = new Maps(raw.sacs);
      this.occupancy = new Maps(raw.occupancy);
      const tunings = floats(raw.tunings);
      this.directions = this.units > 0 ? tunings.length / this.units : 0;
      this.tuning = i => tunings.subarray(i * this.directions, (i + 1) * this.directions);
      this.untrained = new Map((raw.untrained || []).map(c => [c.name, floats(c.values)]));
      this.nullScores = new Map((raw.nulls || []).map(n => [n.score + "\n" + n.name, new NullScores(n)]));
      this.number = i => this.columns.has("unit") ? this.columns.get("unit")[i] : i;
      // label is what a unit is called: neurons may have names.
      this.label = i => this.texts.has("unit_name") ? this.texts.get("unit_name")[i] : String(this.number(i));
      this.scores = [...this.columns.keys()].filter(name => /^score_60(_|$)/.test(name));
    }
    // nulls lists the nulls that a score was compared with. The columns of the first
    // definition end in the null's name; those of others have the definition's name
    // after it.
    nulls(score) {
      const suffix = score.slice("score_60".length);
      const names = [];
      for (const column of this.columns.keys()) {
        const found = /^threshold_95_([^_]+)(_.*)?$/.exec(column);
        if (found && (found[2] || "") === suffix) names.push(found[1]);
      }
      for (const key of this.nullScores.keys()) {
        const [of, name] = key.split("\n");
        if (of === score && !names.includes(name)) names.push(name);
      }
      return names;
    }
    scoresOf(nullName, score) { return this.nullScores.get(score + "\n" + nullName); }
    // column returns a column of a comparison: what is p, q, threshold_95 or threshold_99.
    compared(what, nullName, score) { return this.columns.get(what + "_" + nullName + score.slice("score_60".length)); }
    // summaryOf returns what gridscore found for a score in a null, if it is known.
    summaryOf(nullName, score) {
      const of = this.summary && (this.summary.scores || []).find(s => s.column === score);
      return of && (of.nulls || []).find(n => n.null === nullName);
    }
  }

  // Session is the path of a recording, and where units fired: points in m about the
  // middle of the room. A break of the path is a point of NaN.
  class Session {
    constructor(raw) {
      Object.assign(this, raw);
      this.path = lazily(() => this.points(raw.path));
      this.spikes = unit => raw.spikes && raw.spikes[unit] ? this.points(raw.spikes[unit]) : [];
    }
    points(base64) {
      const places = new Uint16Array(bytes(base64).slice().buffer), [width, height] = this.room;
      return Array.from({ length: places.length / 2 }, (_, k) => places[2 * k] === 65535 ? { x: NaN, y: NaN }
        : { x: (places[2 * k] / 65534 - 0.5) * width, y: (places[2 * k + 1] / 65534 - 0.5) * height });
    }
  }

  class Run {
    constructor(raw) {
      Object.assign(this, raw);
      this.frames = raw.frames.map(f => ({ update: f.update, layers: f.layers.map(l => new Layer(l)) }));
      // The fixed threshold at which gridscore measured the excess.
      for (const f of this.frames) for (const l of f.layers) l.summaryCut = raw.rule ? raw.rule.cut : NaN;
      this.log = new Map((raw.log || []).map(c => [c.name, floats(c.values)]));
      this.session = raw.session ? new Session(raw.session) : null;
      this.trajectories = (raw.trajectories || []).map(t => ({ ...t, true: floats(t.true), decoded: floats(t.decoded) }));
    }
    // size of the bins of a layer and of the room: in m, or in bins where the room is not
    // known.
    sizes(layer) {
      const [x, y] = this.room, known = x > 0 && y > 0;
      return known ? { unit: "m", x: x / layer.nx, y: y / layer.ny, shorter: Math.min(x, y) } : { unit: "bins", x: 1, y: 1, shorter: Math.min(layer.nx, layer.ny) };
    }
    layer(name, frame) { return this.frames[frame].layers.find(l => l.name === name); }
  }

  function read(text) {
    const raw = JSON.parse(text);
    return { ...raw, runs: raw.runs.map(r => new Run(r)), colormaps: raw.colormaps.map(m => ({ name: m.name, table: bytes(m.table) })) };
  }

  return { read };
})();
