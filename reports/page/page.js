'use strict';
(() => {
  const report = JSON.parse(document.getElementById('report').textContent);
  const accuracy = report.objective === 'accuracy';
  const NS = 'http://www.w3.org/2000/svg';
  // The plot is drawn as wide as its place, so that its letters keep their size on a phone.
  const H = 440, L = 62, T = 14, B = 392;
  let W = 820, R = 806;

  // --- texts ------------------------------------------------------------------------------------
  const ms = v => v == null ? '–' : v.toFixed(Math.min(6, Math.max(0, 3 - Math.floor(Math.log10(Math.max(v, 1e-6))))));
  const sign = (v, digits) => { const t = Math.abs(v).toFixed(digits); return Number(t) === 0 ? t : (v < 0 ? '−' : '+') + t; };
  const quality = p => accuracy ? p.accuracy : p.fidelity;
  const change = p => accuracy ? p.accuracy_change : p.fidelity_change;
  const qualityText = p => accuracy ? (100 * p.accuracy).toFixed(2) + ' %' : p.fidelity.toFixed(4);
  const changeText = p => change(p) == null ? '–' : accuracy ? sign(100 * change(p), 2) + ' points' : sign(change(p), 4);
  const times = v => v == null ? '–' : v.toFixed(2) + '×';
  const macs = v => { for (const u of ['', ' k', ' M', ' G']) { if (v < 999.5 || u === ' G') return (u ? Number(v.toPrecision(3)) : v) + u; v /= 1000; } };
  const order = l => l.reordered ? ' reordered' : '';
  const group = l => l.scheme === 'dense' || l.rate === 0 ? 'dense' : l.gm ? `${l.scheme} ${l.gm}×${l.gn}${order(l)}` : l.scheme + order(l);
  const pruned = l => l.scheme !== 'dense' && l.rate > 0;

  // Every text goes through textContent: nothing from the study is ever markup.
  const make = (name, attributes = {}, ...children) => {
    const e = document.createElement(name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    e.append(...children);
    return e;
  };
  const draw = (name, attributes, parent) => {
    const e = document.createElementNS(NS, name);
    for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
    parent.append(e);
    return e;
  };

  // --- theme ------------------------------------------------------------------------------------
  document.getElementById('theme').addEventListener('click', () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === 'dark';
    document.documentElement.dataset.theme = dark ? 'light' : 'dark';
  });
  if (report.front.length === 0) return;

  // --- points -----------------------------------------------------------------------------------
  const points = [...report.front.map(p => ({ ...p, front: true })), ...report.dominated]
    .sort((a, b) => a.latency_ms - b.latency_ms || a.trial - b.trial);
  const front = points.filter(p => p.front);
  const dense = report.dense && report.dense.latency_ms != null ? points.find(p => p.trial === report.dense.trial) : null;
  const byTrial = new Map(points.map(p => [p.trial, p]));
  let selected = null, view = 'front', range = null;

  // --- plot -------------------------------------------------------------------------------------
  const extent = list => {
    let x0 = Math.min(...list.map(p => p.latency_ci_ms[0])), x1 = Math.max(...list.map(p => p.latency_ci_ms[1]));
    let y0 = Math.min(...list.map(quality)), y1 = Math.max(...list.map(quality));
    if (x1 === x0) { x0 *= 0.95; x1 *= 1.05; }
    if (y1 === y0) { y0 -= 0.01; y1 += 0.01; }
    const dx = 0.05 * (x1 - x0), dy = 0.08 * (y1 - y0);
    return { x0: x0 - dx, x1: x1 + dx, y0: y0 - dy, y1: y1 + dy };
  };
  const viewRange = () => {
    const shown = dense ? [...front, dense] : front;
    if (view === 'all') return extent(points);
    if (view === 'near' && dense) return extent([dense, ...shown.filter(p => change(p) >= -0.05)]);
    return extent(shown);
  };
  const ticks = (low, high, n) => {
    const rough = (high - low) / n, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map(f => f * power).find(s => s >= rough);
    const values = [];
    for (let i = Math.ceil(low / step); i * step <= high; i++) values.push(i * step);
    return { values, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  };
  const fixed = (v, digits) => { const t = v.toFixed(digits); return Number(t) === 0 ? (0).toFixed(digits) : t; };

  const holder = document.getElementById('plot');
  const bars = document.getElementById('bars'), beaten = document.getElementById('beaten');
  let x, y, unx, uny;

  const plot = () => {
    const refocus = holder.contains(document.activeElement);
    const r = range || viewRange();
    W = Math.max(340, Math.round(holder.clientWidth) || 820);
    R = W - 14;
    x = v => L + (v - r.x0) / (r.x1 - r.x0) * (R - L);
    y = v => B - (v - r.y0) / (r.y1 - r.y0) * (B - T);
    unx = px => r.x0 + (px - L) / (R - L) * (r.x1 - r.x0);
    uny = py => r.y0 + (B - py) / (B - T) * (r.y1 - r.y0);
    const svg = document.createElementNS(NS, 'svg');
    svg.setAttribute('viewBox', `0 0 ${W} ${H}`);
    svg.setAttribute('role', 'group');
    svg.setAttribute('aria-label', `Pareto front: ${report.objective} against latency, ${front.length} points`);
    const defs = draw('defs', {}, svg);
    draw('rect', { x: L, y: T, width: R - L, height: B - T }, draw('clipPath', { id: 'inside' }, defs));

    const tx = ticks(r.x0, r.x1, W / 100), scale = accuracy ? 100 : 1, ty = ticks(r.y0 * scale, r.y1 * scale, 6);
    for (const v of tx.values) {
      draw('path', { class: 'grid', d: `M${x(v)} ${T}V${B}` }, svg);
      draw('text', { x: x(v), y: B + 20, 'text-anchor': 'middle' }, svg).textContent = fixed(v, tx.digits);
    }
    for (const v of ty.values) {
      draw('path', { class: 'grid', d: `M${L} ${y(v / scale)}H${R}` }, svg);
      draw('text', { x: L - 8, y: y(v / scale) + 4.5, 'text-anchor': 'end' }, svg).textContent = fixed(v, ty.digits) + (accuracy ? ' %' : '');
    }
    draw('text', { x: (L + R) / 2, y: H - 8, 'text-anchor': 'middle' }, svg).textContent = W < 480 ? 'latency, ms' : `latency, ms · ${report.objective} upwards`;

    const inner = draw('g', { 'clip-path': 'url(#inside)' }, svg);
    let steps = '';
    front.forEach((p, i) => { steps += i ? `H${x(p.latency_ms)}V${y(quality(p))}` : `M${x(p.latency_ms)} ${y(quality(p))}`; });
    steps += `H${Math.max(R, x(front[front.length - 1].latency_ms))}`;
    draw('path', { class: 'area', d: `${steps}V${B + 500}H${x(front[0].latency_ms)}Z` }, inner);
    draw('path', { class: 'step', d: steps }, inner);

    const shown = points.filter(p => p.front || p === dense || p === selected || beaten.checked)
      .filter(p => x(p.latency_ms) >= L && x(p.latency_ms) <= R && y(quality(p)) >= T && y(quality(p)) <= B)
      .sort((a, b) => rank(a) - rank(b));
    if (bars.checked) for (const p of shown) if (p.front || p === dense || p === selected) errorBars(inner, p);
    for (const p of shown) marker(svg, p);
    if (dense && shown.includes(dense)) {
      const end = x(dense.latency_ms) > (L + R) / 2;
      draw('text', { class: 'mark', x: x(dense.latency_ms) + (end ? -4 : 10), y: Math.min(y(quality(dense)) + 26, B - 6),
        'text-anchor': end ? 'end' : 'start' }, svg).textContent = `dense ${ms(dense.latency_ms)} ms`;
    }
    const outside = points.filter(p => p.front || beaten.checked).length - shown.filter(p => p.front || beaten.checked).length;
    if (outside > 0) draw('text', { x: R, y: H - 8, 'text-anchor': 'end' }, svg).textContent = `${outside} outside`;
    rubber(svg);
    holder.replaceChildren(svg);
    if (refocus && selected) focusPoint(selected);
  };
  const rank = p => p === selected ? 3 : p === dense ? 2 : p.front ? 1 : 0;

  const errorBars = (parent, p) => {
    const [low, high] = p.latency_ci_ms, cy = y(quality(p)), cx = x(p.latency_ms);
    let d = `M${x(low)} ${cy - 4}v8M${x(low)} ${cy}H${x(high)}M${x(high)} ${cy - 4}v8`;
    if (p.accuracy_ci) d += `M${cx - 4} ${y(p.accuracy_ci[0])}h8M${cx} ${y(p.accuracy_ci[0])}V${y(p.accuracy_ci[1])}M${cx - 4} ${y(p.accuracy_ci[1])}h8`;
    draw('path', { class: 'bars' + (p === dense ? ' d' : p.front ? '' : ' o'), d }, parent);
  };

  const marker = (svg, p) => {
    const cx = x(p.latency_ms), cy = y(quality(p));
    const names = ['point', p.front ? 'onfront' : 'beaten', p === dense ? 'dense' : '', p === selected ? 'selected' : ''];
    const g = draw('g', { class: names.filter(Boolean).join(' '), 'data-trial': p.trial, role: 'button', tabindex: p === selected ? 0 : -1,
      'aria-pressed': p === selected, 'aria-label': `trial ${p.trial}${p === dense ? ', dense' : p.refined ? ', refined' : ''}: ${ms(p.latency_ms)} ms, ${report.objective} ${qualityText(p)}` }, svg);
    draw('circle', { class: 'halo', cx, cy, r: 10 }, g);
    draw('circle', { cx, cy, r: 12, fill: 'transparent' }, g);
    if (p === dense) draw('path', { class: 'dot', d: `M${cx} ${cy - 8}l8 8l-8 8l-8 -8z` }, g);
    else draw('circle', { class: 'dot', cx, cy, r: p.front ? 5.5 : 4 }, g);
    g.addEventListener('click', () => select(p));
    g.addEventListener('pointerenter', () => tip(g, p));
    g.addEventListener('pointerleave', () => { tipBox.hidden = true; });
    g.addEventListener('focus', () => { if (g.matches(':focus-visible')) tip(g, p); });
    g.addEventListener('blur', () => { tipBox.hidden = true; });
  };

  const focusPoint = p => { const g = holder.querySelector(`[data-trial="${p.trial}"]`); if (g) g.focus({ preventScroll: true }); };

  // --- tooltip ----------------------------------------------------------------------------------
  const tipBox = document.getElementById('tip');
  const tip = (g, p) => {
    const line = t => make('div', {}, t);
    tipBox.replaceChildren(make('b', {}, `trial ${p.trial}${p === dense ? ' · dense' : (p.refined ? ' · refined' : '') + (p.front ? '' : ' · beaten')}`),
      line(`${ms(p.latency_ms)} ms (${ms(p.latency_ci_ms[0])} … ${ms(p.latency_ci_ms[1])})`),
      line(`${report.objective} ${qualityText(p)}`));
    if (p !== dense && p.speedup != null) tipBox.append(line(`${times(p.speedup)}, ${changeText(p)}`));
    tipBox.hidden = false;
    const box = g.getBoundingClientRect(), own = tipBox.getBoundingClientRect();
    tipBox.style.left = Math.max(8, Math.min(innerWidth - own.width - 8, box.left + box.width / 2 - own.width / 2)) + 'px';
    tipBox.style.top = (box.top - own.height - 8 > 0 ? box.top - own.height - 8 : box.bottom + 8) + 'px';
  };

  // --- zoom -------------------------------------------------------------------------------------
  const rubber = svg => {
    const at = e => { const b = svg.getBoundingClientRect(); return [(e.clientX - b.left) * W / b.width, (e.clientY - b.top) * H / b.height]; };
    const clamp = (v, a, b) => Math.min(b, Math.max(a, v));
    let from = null, box = null;
    svg.addEventListener('pointerdown', e => {
      if (e.button !== 0 || e.pointerType === 'touch' || e.target.closest('.point')) return;
      from = at(e);
      svg.setPointerCapture(e.pointerId);
    });
    svg.addEventListener('pointermove', e => {
      if (!from) return;
      const to = at(e);
      const [ax, bx] = [from[0], to[0]].map(v => clamp(v, L, R)).sort((a, b) => a - b);
      const [ay, by] = [from[1], to[1]].map(v => clamp(v, T, B)).sort((a, b) => a - b);
      box = box || draw('rect', { class: 'rubber' }, svg);
      for (const [k, v] of Object.entries({ x: ax, y: ay, width: bx - ax, height: by - ay })) box.setAttribute(k, v);
    });
    svg.addEventListener('pointerup', e => {
      if (box) {
        const n = k => Number(box.getAttribute(k));
        if (n('width') > 12 && n('height') > 12) {
          range = { x0: unx(n('x')), x1: unx(n('x') + n('width')), y0: uny(n('y') + n('height')), y1: uny(n('y')) };
          press(null);
        }
      }
      from = box = null;
      if (e.target === svg || !e.target.closest('.point')) plot();
    });
    svg.addEventListener('dblclick', reset);
  };
  const reset = () => { range = null; press(view); plot(); };
  const segments = [...document.querySelectorAll('[data-view]')];
  const press = name => { for (const b of segments) b.setAttribute('aria-pressed', b.dataset.view === name); };
  for (const b of segments) b.addEventListener('click', () => { view = b.dataset.view; reset(); });
  if (!dense) segments.find(b => b.dataset.view === 'near').hidden = true;
  bars.addEventListener('change', plot);
  beaten.addEventListener('change', plot);

  holder.addEventListener('keydown', e => {
    const walk = front.includes(selected) ? front : points;
    const i = walk.indexOf(selected);
    const to = { ArrowLeft: i - 1, ArrowDown: i - 1, ArrowRight: i + 1, ArrowUp: i + 1, Home: 0, End: walk.length - 1 }[e.key];
    if (to !== undefined && walk[to]) { select(walk[to]); focusPoint(walk[to]); }
    else if (e.key === 'Escape') reset();
    else if ((e.key === 'Enter' || e.key === ' ') && e.target.dataset.trial) select(byTrial.get(Number(e.target.dataset.trial)));
    else if (to === undefined) return;
    e.preventDefault();
  });

  // --- selection --------------------------------------------------------------------------------
  const facts = document.getElementById('point');
  const select = p => {
    selected = p;
    const inRange = r => p.latency_ms >= r.x0 && p.latency_ms <= r.x1 && quality(p) >= r.y0 && quality(p) <= r.y1;
    if (!inRange(range || viewRange())) { range = null; view = inRange(extent(front)) ? 'front' : 'all'; press(view); }
    plot();
    card(p);
    table(p);
    timed(p);
    for (const row of document.querySelectorAll('#front-table tbody tr')) {
      const own = Number(row.dataset.trial) === p.trial;
      row.classList.toggle('selected', own);
      row.querySelector('button').setAttribute('aria-pressed', own);
    }
    history.replaceState(null, '', '#trial-' + p.trial);
  };

  const card = p => {
    const list = make('dl');
    const add = (name, value) => list.append(make('dt', {}, name), make('dd', {}, value));
    add(report.objective, qualityText(p));
    if (p.accuracy_ci) add('95 % interval', `${(100 * p.accuracy_ci[0]).toFixed(1)} … ${(100 * p.accuracy_ci[1]).toFixed(1)}`);
    if (p !== dense && change(p) != null) add('change', changeText(p));
    add('latency', ms(p.latency_ms) + ' ms');
    add('95 % interval', `${ms(p.latency_ci_ms[0])} … ${ms(p.latency_ci_ms[1])}`);
    if (p !== dense) add('speed-up', times(p.speedup));
    add('MACs', macs(p.macs));
    add('pruned', `${p.layers.filter(pruned).length} of ${p.layers.length} layers`);
    if (p.clips) add('clips', String(p.clips));
    facts.replaceChildren(make('h3', {}, `Trial ${p.trial} `), list);
    const head = facts.firstChild;
    if (p === dense) head.append(make('span', { class: 'tag dense' }, 'dense'));
    if (p.refined) head.append(' ', make('span', { class: 'tag' }, 'refined'));
    if (!p.front) head.append(' ', make('span', { class: 'tag' }, 'beaten'));
    if (p.suppressed && p.suppressed.length) facts.append(make('p', { class: 'gap' }, 'suppressed: ' + p.suppressed.join(', ')));
    if (p.layers_ms != null) {
      const longest = Math.max(p.layers_ms, p.latency_ms), gap = p.latency_ms - p.layers_ms;
      const part = (name, share) => make('span', { class: name, style: `width:${100 * share}%` });
      const bar = make('div', { class: 'gapbar', 'aria-hidden': 'true' }, part('sum', p.layers_ms / longest));
      if (gap > 0) bar.append(part('rest', gap / longest));
      facts.append(make('div', { class: 'gap' }, `Layers alone ${ms(p.layers_ms)} ms`, bar,
        `end to end ${ms(p.latency_ms)} ms (${sign(100 * gap / p.latency_ms, 1)} % not in the layers)`));
    }
  };

  const table = p => {
    const panel = document.getElementById('layers-panel');
    panel.hidden = p.layers.length === 0;
    document.getElementById('layers-title').textContent = `Layers of trial ${p.trial}`;
    const longest = Math.max(...p.layers.flatMap(l => [l.ms || 0, l.dense_ms || 0]), 1e-9);
    const head = make('tr');
    for (const [name, text] of [['layer', 1], ['group', 1], ['weights removed'], ['dense ms'], ['ms'], ['', 1], ['speed-up'], ['MACs'], ['schedule', 1]])
      head.append(make('th', { scope: 'col', ...(text ? { class: 'text' } : {}) }, name));
    const body = make('tbody');
    for (const l of p.layers) {
      const cut = make('td', {}, (100 * l.rate).toFixed(1) + ' %');
      cut.append(make('span', { class: 'rate', 'aria-hidden': 'true' }, make('i', { style: `width:${100 * l.rate}%` })));
      const meter = make('td', { class: 'meter', 'aria-hidden': 'true' });
      if (l.dense_ms != null) meter.append(make('div', { class: 'd', style: `width:${100 * l.dense_ms / longest}%` }));
      if (l.ms != null) meter.append(make('div', { class: 'k', style: `width:${100 * l.ms / longest}%` }));
      body.append(make('tr', pruned(l) ? {} : { class: 'untouched' }, make('th', { scope: 'row' }, l.name), make('td', { class: 'text' }, group(l)), cut,
        make('td', {}, ms(l.dense_ms)), make('td', {}, ms(l.ms)), meter,
        make('td', {}, l.ms != null && l.dense_ms != null ? times(l.dense_ms / l.ms) : '–'), make('td', {}, macs(l.macs)),
        make('td', { class: 'text code' }, l.schedule.startsWith(l.algorithm) ? l.schedule : [l.algorithm, l.schedule].filter(Boolean).join(' '))));
    }
    const sum = k => p.layers.every(l => l[k] != null) ? p.layers.reduce((s, l) => s + l[k], 0) : null;
    const now = sum('ms'), was = sum('dense_ms');
    const foot = make('tfoot', {}, make('tr', {}, make('th', { scope: 'row', colspan: 3 }, 'sum of layers'), make('td', {}, ms(was)), make('td', {}, ms(now)),
      make('td'), make('td', {}, now != null && was != null ? times(was / now) : '–'), make('td', {}, macs(sum('macs'))), make('td')));
    document.getElementById('layers').replaceChildren(make('thead', {}, head), body, foot);
  };

  // --- evidence ---------------------------------------------------------------------------------
  const evidence = JSON.parse(document.getElementById('evidence').textContent);
  const marks = JSON.parse(document.getElementById('marks').textContent);
  const strip = document.getElementById('strip');
  // A shape for each verdict, since colour alone tells nothing to many.
  const shapes = {
    'valid': (cx, cy) => `M${cx - 4} ${cy}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z`,
    'hot': (cx, cy) => `M${cx} ${cy - 5}l5 9h-10z`,
    'moved': (cx, cy) => `M${cx} ${cy - 5.5}l5.5 5.5l-5.5 5.5l-5.5 -5.5z`,
    'preempted': (cx, cy) => `M${cx - 4} ${cy - 4}h8v8h-8z`,
    'canary-drift': (cx, cy) => `M${cx - 4} ${cy - 4}l8 8M${cx + 4} ${cy - 4}l-8 8`,
  };
  const timed = p => {
    const e = evidence[p.trial], panel = document.getElementById('evidence-panel');
    panel.hidden = !e || !e.ms;
    if (panel.hidden) return;
    const n = e.ms.length;
    document.getElementById('evidence-title').textContent = `How trial ${p.trial} was timed`;
    document.getElementById('evidence-marks').replaceChildren(...marks.map(m => [m, e.verdicts.filter(v => v === m.Name).length])
      .filter(([, count]) => count > 0)
      .map(([m, count]) => make('li', { title: m.Means }, make('span', { class: 'mark ' + m.Name, 'aria-hidden': 'true' }, m.Mark), ` ${count} ${m.Name}`)));
    document.getElementById('evidence-facts').replaceChildren(...e.facts.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));

    // Lanes, one below the other: the times, and what the device told of itself beside them.
    const lanes = [{ name: 'ms', values: e.ms, high: 150, text: ms }];
    if (e.canary) lanes.push({ name: 'canary', values: e.canary, high: 54, text: v => v.toFixed(3), limits: [1 / 1.1, 1.1] });
    if (e.khz) lanes.push({ name: 'GHz', values: e.khz.map(v => v == null ? null : v / 1e6), high: 42, text: v => v.toFixed(2) });
    if (e.millicelsius) lanes.push({ name: '°C', values: e.millicelsius.map(v => v == null ? null : v / 1000), high: 42, text: v => v.toFixed(1) });
    if (e.throttle && e.throttle.some(v => v > 0)) lanes.push({ name: 'throttle', values: e.throttle, high: 34, text: v => String(v) });
    const width = Math.max(300, Math.round(strip.clientWidth) || 640), left = 60, right = width - 10;
    const height = lanes.reduce((sum, l) => sum + l.high + 26, 24);
    const svg = document.createElementNS(NS, 'svg');
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', `${n} samples of trial ${p.trial}, ${e.verdicts.filter(v => v === 'valid').length} of them valid`);
    const at = i => left + 8 + (right - left - 16) * (n < 2 ? 0.5 : i / (n - 1));
    let top = 20;
    lanes.forEach((lane, k) => {
      const known = lane.values.filter(v => v != null);
      let low = Math.min(...known, ...(k === 0 ? p.latency_ci_ms || [] : [])), most = Math.max(...known, ...(k === 0 ? p.latency_ci_ms || [] : []));
      const constant = most - low < 1e-3 * Math.abs(most);
      if (constant) { const half = Math.max(0.02 * Math.abs(most), 1e-6); low -= half; most += half; }
      const pad = 0.1 * (most - low), foot = top + lane.high;
      const place = v => foot - (v - low + pad) / (most - low + 2 * pad) * lane.high;
      draw('path', { class: 'grid', d: `M${left} ${foot}H${right}M${left} ${top}V${foot}` }, svg);
      draw('text', { class: 'lane', x: 2, y: top - 6 }, svg).textContent = lane.name;
      if (constant) draw('text', { x: left - 6, y: (top + foot) / 2 + 4, 'text-anchor': 'end' }, svg).textContent = lane.text((low + most) / 2);
      else {
        draw('text', { x: left - 6, y: place(most) + 6, 'text-anchor': 'end' }, svg).textContent = lane.text(most);
        draw('text', { x: left - 6, y: Math.min(place(low) + 4, foot), 'text-anchor': 'end' }, svg).textContent = lane.text(low);
      }
      if (k === 0) {
        if (p.latency_ci_ms) draw('rect', { class: 'band', x: left, width: right - left, y: place(p.latency_ci_ms[1]), height: Math.max(1, place(p.latency_ci_ms[0]) - place(p.latency_ci_ms[1])) }, svg);
        if (p.latency_ms != null) draw('path', { class: 'median', d: `M${left} ${place(p.latency_ms)}H${right}` }, svg);
        lane.values.forEach((v, i) => {
          const g = draw('path', { class: 'sample ' + e.verdicts[i], d: shapes[e.verdicts[i]](at(i), place(v)) }, svg);
          const told = [`sample ${i + 1}: ${ms(v)} ms, ${e.verdicts[i]}`, `${e.batch[i]} executions`];
          for (const [name, list, text] of [['core', e.cores, String], ['kHz', e.khz, String], ['m°C', e.millicelsius, String], ['throttle', e.throttle, String], ['involuntary switches', e.nivcsw, String], ['canary', e.canary, v => v.toFixed(3)]])
            if (list && list[i] != null) told.push(`${name} ${text(list[i])}`);
          draw('title', {}, g).textContent = told.join(', ');
        });
      } else {
        for (const limit of lane.limits || []) if (limit > low - pad && limit < most + pad) draw('path', { class: 'limit', d: `M${left} ${place(limit)}H${right}` }, svg);
        let d = '', pen = 'M';
        lane.values.forEach((v, i) => { if (v == null) { pen = 'M'; return; } d += `${pen}${at(i)} ${place(v)}`; pen = 'L'; });
        draw('path', { class: 'trace', d }, svg);
      }
      top = foot + 26;
    });
    draw('text', { x: (left + right) / 2, y: height - 6, 'text-anchor': 'middle' }, svg).textContent = 'samples in the order of taking';
    strip.replaceChildren(svg);
  };

  let width = holder.clientWidth;
  addEventListener('resize', () => { if (holder.clientWidth !== width) { width = holder.clientWidth; plot(); timed(selected); } });
  for (const b of document.querySelectorAll('button.trial')) b.addEventListener('click', () => select(byTrial.get(Number(b.dataset.trial))));
  document.getElementById('controls').hidden = false;
  document.getElementById('hint').hidden = false;
  const wanted = Number((location.hash.match(/^#trial-(\d+)$/) || [])[1] ?? SELECTED);
  select(byTrial.get(wanted) || front[0]);
})();
