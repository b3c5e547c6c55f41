// Two pictures as SVG text: the distribution and the circuit.

const CHART = { left: 72, right: 12, top: 10, main: 220, gap: 44, error: 64, bottom: 40 };
const COIN = 9, ROW = 30, LAYER = 50, LABEL = 40, FIRST = 42;

/** About `count` round numbers that cover [low, high] from the inside. */
function ticks(low, high, count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= raw * 0.999);
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

/** A share as a percentage with as many digits as the step between ticks needs. */
function percentages(shares) {
  const step = 100 * Math.abs(shares[1] - shares[0]);
  const digits = [0, 1, 2, 3, 4, 5].find((count) => Math.abs(step - step.toFixed(count)) < step / 50) ?? 6;
  return shares.map((share) => `${minus((100 * share).toFixed(digits))}%`);
}

const minus = (text) => text.replaceAll("-", "\u2212");
const at = (number) => number.toFixed(1);
const text = (x, y, body, extra = "") => `<text x="${at(x)}" y="${at(y)}" ${extra}>${body}</text>`;
const line = (x1, y1, x2, y2, kind) =>
  `<line class="${kind}" x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}"/>`;

/** Bars from the base line, as one path. */
function bars(values, heights, x, y, width) {
  const edges = heights.map((height, site) => {
    const left = x(values[site]) - width / 2;
    return `M${left.toFixed(2)} ${at(y(0))}V${y(height).toFixed(2)}h${width.toFixed(2)}V${at(y(0))}z`;
  });
  return edges.join("");
}

/** Target as bars, loaded probabilities as points, their difference below. */
function drawDistribution(result, strike, width) {
  const { left, right, top, main, gap, error, bottom } = CHART;
  const { values, wanted, loaded, payoff } = result, size = values.length;
  const cell = values[1] - values[0], low = values[0] - cell / 2, high = values[size - 1] + cell / 2;
  const x = (value) => left + ((value - low) / (high - low)) * (width - left - right);
  const scale = width - left - right, step = (cell / (high - low)) * scale;
  const peak = 1.08 * Math.max(...wanted, ...loaded);
  const y = (share) => top + main * (1 - share / peak);
  const differences = loaded.map((share, site) => share - wanted[site]);
  const worst = Math.max(1e-9, ...differences.map(Math.abs)), middle = top + main + gap + error / 2;
  const e = (share) => middle - (share / worst) * (error / 2);
  const xTicks = ticks(values[0], values[size - 1], Math.max(3, Math.min(8, width / 90)));
  const yTicks = ticks(0, peak, 4), yLabels = percentages(yTicks);
  const end = top + main + gap + error;
  const points = loaded.map((share, site) => `M${x(values[site]).toFixed(2)} ${y(share).toFixed(2)}h0`);
  const highest = Math.max(...payoff), reach = (value) => top + main * (1 - (0.9 * value) / highest);
  const paid = `M${at(x(values[0]))} ${at(reach(0))}H${at(x(strike))}L${at(x(values[size - 1]))} ${at(reach(highest))}`;
  const bar = step > 5 ? step - Math.min(3, step * 0.2) : step;
  const dot = Math.max(2, Math.min(8, step * 0.75));
  const parts = [
    ...yTicks.map((share, index) => line(left, y(share), width - right, y(share), "grid") +
      text(left - 8, y(share) + 4, yLabels[index], 'text-anchor="end"')),
    `<path class="target" d="${bars(values, wanted, x, y, bar)}"/>`,
    `<path class="payoff" d="${paid}"/>`,
    `<path class="loaded" stroke-width="${at(dot)}" d="${points.join("")}"/>`,
    line(left, y(0), width - right, y(0), "axis"),
    text(left, top + main + gap - 12, "loaded \u2212 target"),
    `<path class="error" d="${bars(values, differences, x, e, bar)}"/>`,
    line(left, middle, width - right, middle, "axis"),
    ...[worst, -worst].map((share) => text(left - 8, e(share) + 4, signed(share), 'text-anchor="end"')),
    ...xTicks.map((value) => line(x(value), end + 4, x(value), end + 9, "axis") +
      text(x(value), end + 23, Number(value.toFixed(6)), 'text-anchor="middle"')),
    text(width - right, end + 38, "value of the underlying", 'text-anchor="end"'),
  ];
  const label = `Target as bars and loaded distribution as points on ${size} values from ` +
    `${Number(values[0].toFixed(3))} to ${Number(values[size - 1].toFixed(3))}; below, their difference, ` +
    `at most ${signed(worst).slice(1)}`;
  return svg(width, end + bottom + 2, parts, label);
}

function signed(share) {
  const percent = 100 * share, digits = Math.max(0, 1 - Math.floor(Math.log10(Math.abs(percent))));
  const body = digits > 4 ? percent.toExponential(0) : percent.toFixed(digits);
  return `${share > 0 ? "+" : ""}${minus(body)}%`;
}

/** A coin: its hand points up without rotation and turns clockwise with the angle. */
function coin(x, y, angle, label) {
  const tip = [x + (COIN - 2) * Math.sin(angle), y - (COIN - 2) * Math.cos(angle)];
  return `<g><title>RY(${minus(angle.toFixed(3))}) on ${label}</title>` +
    `<circle class="coin" cx="${at(x)}" cy="${at(y)}" r="${COIN}"/>` +
    line(x, y, ...tip, "hand") + `<circle class="hub" cx="${at(x)}" cy="${at(y)}" r="1.6"/></g>`;
}

/** A conditional flip: a dot on the control, a cross in a ring on the target. */
function conditionalFlip(x, from, to) {
  const far = to + Math.sign(to - from) * 7;
  return line(x, from, x, far, "wire-up") + `<circle class="dot" cx="${x}" cy="${from}" r="4"/>` +
    `<circle class="ring" cx="${x}" cy="${to}" r="7"/>` +
    line(x - 7, to, x + 7, to, "wire-up") + line(x, to - 7, x, to + 7, "wire-up");
}

/** The circuit along the line, most significant qubit on top; flips not yet done are faint. */
function drawCircuit(result, width) {
  const { walk, qubits, layers, depth, done } = result;
  const row = (qubit) => (qubits - 1 - qubit) * ROW + ROW / 2 + 2;
  const natural = LABEL + FIRST + depth * LAYER + 12;
  const qubitLines = walk.initial_angles.map((angle, qubit) =>
    text(LABEL - 10, row(qubit) + 4, `q<tspan class="index" dy="3">${qubit}</tspan>`, 'text-anchor="end"') +
    line(LABEL, row(qubit), natural - 4, row(qubit), "wire") +
    coin(LABEL + 18, row(qubit), angle, `q${qubit}`));
  const flips = walk.flips.map(([control, target], index) => {
    const x = LABEL + FIRST + layers[index] * LAYER + 10, [turn, turned] = walk.angles[index];
    return `<g class="${index < done ? "done" : "ahead"}">` +
      conditionalFlip(x, row(control), row(target)) +
      coin(x + 24, row(control), turn, `q${control}`) +
      coin(x + 24, row(target), turned, `q${target}`) + "</g>";
  });
  const shrunk = Math.min(natural, Math.max(width, 0.8 * natural));
  const title = `Circuit of ${qubits} qubits with ${walk.flips.length} flips in ${depth} layers`;
  return svg(natural, qubits * ROW + 4, [...qubitLines, ...flips], title, shrunk);
}

function svg(width, height, parts, label, shown = width) {
  return `<svg role="img" aria-label="${label}" viewBox="0 0 ${at(width)} ${at(height)}" ` +
    `width="${at(shown)}" height="${at((height * shown) / width)}">${parts.join("")}</svg>`;
}
