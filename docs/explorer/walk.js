// The walk itself, without any drawing: angles and flips in, probabilities and numbers out.

/** RY(angle) on one qubit of a real state vector, in place. */
function rotate(state, qubit, angle) {
  const cos = Math.cos(angle / 2), sin = Math.sin(angle / 2), stride = 1 << qubit;
  for (let site = 0; site < state.length; site++) {
    if (site & stride) continue;
    const zero = state[site], one = state[site | stride];
    state[site] = cos * zero - sin * one;
    state[site | stride] = sin * zero + cos * one;
  }
}

/** CX between two qubits of a real state vector, in place. */
function flip(state, control, target) {
  const on = 1 << control, stride = 1 << target;
  for (let site = 0; site < state.length; site++) {
    if (!(site & on) || site & stride) continue;
    const zero = state[site];
    state[site] = state[site | stride];
    state[site | stride] = zero;
  }
}

/** Amplitudes of a multiscale walk after its first `count` flips. */
function amplitudes(walk, count) {
  const state = new Float64Array(2 ** walk.initial_angles.length);
  state[0] = 1;
  walk.initial_angles.forEach((angle, qubit) => rotate(state, qubit, angle));
  for (let index = 0; index < count; index++) {
    const [control, target] = walk.flips[index];
    flip(state, control, target);
    rotate(state, control, walk.angles[index][0]);
    rotate(state, target, walk.angles[index][1]);
  }
  return state;
}

/** The layer of each flip when every flip is done as early as its qubits allow. */
function layersOf(flips, qubits) {
  const busy = new Array(qubits).fill(0);
  return flips.map((pair) => {
    const layer = Math.max(...pair.map((qubit) => busy[qubit]));
    for (const qubit of pair) busy[qubit] = layer + 1;
    return layer;
  });
}

/** The grid points, equidistant, both bounds included. */
function gridPoints([low, high], size) {
  return Array.from({ length: size }, (_, site) => low + ((high - low) * site) / (size - 1));
}

/** The walk as Python; its angles are those of the data, digit by digit. */
function asPython({ initial_angles: initial, flips, angles }) {
  const pairs = (list) => `[${list.map((pair) => `(${pair.join(", ")})`).join(", ")}]`;
  return [
    "from qiskit_ssqw import MultiscaleWalk, SSQWDistribution", "",
    "walk = MultiscaleWalk(", `    num_qubits=${initial.length},`, `    flips=${pairs(flips)},`,
    `    angles=${pairs(angles)},`, `    initial_angles=[${initial.join(", ")}],`, ")",
    "circuit = SSQWDistribution(walk)", "",
  ].join("\n");
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** Everything the page shows for one setting; `count` is the number of flips performed. */
function evaluate(data, { target: key, qubits, tolerance, count }) {
  const target = data.targets.find((entry) => entry.key === key);
  const grid = target.grids.find((entry) => entry.qubits === qubits);
  const walk = grid.walks[grid.walk_of_tolerance[data.tolerances.indexOf(tolerance)]];
  const cx = walk.flips.length, done = Math.min(count ?? cx, cx);
  const wanted = grid.probabilities, values = gridPoints(target.bounds, wanted.length);
  const loaded = Array.from(amplitudes(walk, done), (amplitude) => amplitude ** 2);
  const payoff = values.map((value) => Math.max(value - data.strike, 0));
  const layers = layersOf(walk.flips, qubits);
  return {
    target, grid, walk, qubits, tolerance, done, cx, layers, values, wanted, loaded, payoff,
    depth: layers.length ? Math.max(...layers) + 1 : 0,
    totalVariation: 0.5 * sum(wanted.map((probability, site) => Math.abs(probability - loaded[site]))),
    loadedPrice: sum(loaded.map((probability, site) => probability * payoff[site])),
    gridPrice: sum(wanted.map((probability, site) => probability * payoff[site])),
    exactPrice: target.exact_price.value,
  };
}
