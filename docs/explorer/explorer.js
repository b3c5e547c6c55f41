// The controls, and the numbers beside the pictures.

const root = document.getElementById("ssqw-explorer");
const data = JSON.parse(document.getElementById("ssqw-explorer-data").textContent);
const control = (name) => root.querySelector(`[name="${name}"]`);
const setting = { target: data.targets[0].key, qubits: 6, tolerance: 5e-3, count: null };

const percent = (share) => {
  const digits = Math.abs(share) < 1e-3 ? 3 : 2;
  const body = (100 * share).toFixed(digits), sign = share > 0 ? "+" : "";
  return Number(body) === 0 ? `${Math.abs(body).toFixed(digits)}%` : `${sign}${minus(body)}%`;
};
const scientific = (number) => minus(number.toExponential(1));
const short = (number) => scientific(number).replace(".0", "");

/** Show a number, and keep it in full for programs that read the page. */
function show(name, value, shown = String(value)) {
  for (const place of root.querySelectorAll(`[data-number="${name}"]`)) {
    place.textContent = shown;
    place.dataset.value = String(value);
  }
}

function showNumbers(result) {
  const { cx, done, depth, totalVariation, loadedPrice, gridPrice, exactPrice, target, grid } = result;
  const peer = grid.state_preparation;
  show("cx", cx);
  show("depth", depth);
  show("total-variation", totalVariation, scientific(totalVariation));
  show("state-preparation", peer ?? "fails");
  show("loaded-price", loadedPrice, loadedPrice.toFixed(5));
  show("grid-price", gridPrice, gridPrice.toFixed(5));
  show("exact-price", exactPrice, exactPrice.toFixed(5));
  show("loading-error", loadedPrice / gridPrice - 1, percent(loadedPrice / gridPrice - 1));
  show("grid-error", gridPrice / exactPrice - 1, percent(gridPrice / exactPrice - 1));
  show("exact-name", target.exact_price.name);
  show("about", `${target.about} Fitted on ${target.grids[0].qubits} to ${target.grids.at(-1).qubits} qubits.`);
  root.querySelector(".partial").textContent =
    done < cx ? `after ${done} of ${cx} flips` : "after all flips";
}

/** What has changed, in one sentence for those who do not see the pictures. */
function summary(result) {
  const { target, grid, qubits, tolerance, cx, done, depth } = result;
  const flips = done < cx ? `after ${done} of ${cx} CX` : `${cx} CX in a two-qubit depth of ${depth}`;
  const peer = grid.state_preparation === null ? "fails" : `takes ${grid.state_preparation} CX`;
  return `${target.name}, ${qubits} qubits, tolerance ${tolerance}: ${flips}, total variation ` +
    `${scientific(result.totalVariation)}; StatePreparation ${peer}. The call is worth ` +
    `${result.loadedPrice.toFixed(5)} with the loaded distribution, ${result.gridPrice.toFixed(5)} ` +
    `summed over the grid, ${result.exactPrice.toFixed(5)} without a grid.`;
}

/** How many of the tolerances, from the loosest on, have a walk. */
const fitted = (grid) => grid.walk_of_tolerance.length;

/** CX at every setting of the chosen target, the present one marked. */
function showTable({ target, qubits, tolerance }) {
  const head = data.tolerances.map((value) => `<th scope="col">${short(value)}</th>`);
  const rows = target.grids.map((grid) => {
    const cells = data.tolerances.map((value, place) => {
      const here = grid.qubits === qubits && value === tolerance;
      const count = grid.walks[grid.walk_of_tolerance[place]]?.flips.length ?? "\u2013";
      return `<td${here ? ' aria-current="true"' : ""}>${count}</td>`;
    });
    const peer = `<td class="peer">${grid.state_preparation ?? "fails"}</td>`;
    return `<tr><th scope="row">${grid.qubits}</th>${cells.join("")}${peer}</tr>`;
  });
  root.querySelector(".counts thead").innerHTML =
    `<tr><th scope="col">qubits</th>${head.join("")}<th scope="col" class="peer">exact</th></tr>`;
  root.querySelector(".counts tbody").innerHTML = rows.join("");
  root.querySelector(".missing").hidden = target.grids.every((grid) => fitted(grid) === data.tolerances.length);
}

function showControls({ target, grid, qubits, tolerance, done, cx }) {
  control("target").value = target.key;
  control("qubits").min = target.grids[0].qubits;
  control("qubits").max = target.grids.at(-1).qubits;
  control("qubits").value = qubits;
  control("tolerance").max = fitted(grid) - 1;
  control("tolerance").value = data.tolerances.indexOf(tolerance);
  control("flips").max = cx;
  control("flips").value = done;
  control("flips").disabled = cx === 0;
  control("qubits").setAttribute("aria-valuetext", `${qubits} qubits, ${2 ** qubits} points`);
  control("tolerance").setAttribute("aria-valuetext", `total variation at most ${tolerance}`);
  control("flips").setAttribute("aria-valuetext", `${done} of ${cx} flips`);
  show("qubits", qubits, `${qubits} (${2 ** qubits} points)`);
  show("tolerance", tolerance, short(tolerance));
  show("flips", done, `${done} of ${cx}`);
}

/** The setting within what is fitted: some targets stop at fewer qubits or at a looser tolerance. */
function offered() {
  const { grids } = data.targets.find(({ key }) => key === setting.target);
  const qubits = Math.min(setting.qubits, grids.at(-1).qubits);
  const last = fitted(grids.find((grid) => grid.qubits === qubits)) - 1;
  return { ...setting, qubits, tolerance: Math.max(setting.tolerance, data.tolerances[last]) };
}

/** Only what scrolls is a stop of the Tab key; a circuit that goes on to the right fades out there. */
function showScrolling() {
  for (const box of root.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
  const circuit = root.querySelector(".circuit"), hidden = circuit.scrollWidth - circuit.clientWidth;
  root.querySelector(".more").hidden = hidden <= 0;
  circuit.classList.toggle("ongoing", circuit.scrollLeft < hidden - 1);
}

/** Bring the last flip performed into view, when not all are. */
function follow({ done, cx }) {
  const circuit = root.querySelector(".circuit"), last = [...circuit.querySelectorAll(".done")].at(-1);
  if (done === cx || !last) { circuit.scrollLeft = 0; return; }
  const right = last.getBoundingClientRect().right - circuit.getBoundingClientRect().left;
  circuit.scrollLeft += right - 0.7 * circuit.clientWidth;
}

function render() {
  const { count, ...rest } = offered();
  const result = evaluate(data, { ...rest, count: count ?? undefined });
  const chart = root.querySelector(".chart"), circuit = root.querySelector(".circuit");
  showControls(result);
  showNumbers(result);
  showTable(result);
  root.querySelector(".code pre").textContent = asPython(result.walk);
  chart.innerHTML = drawDistribution(result, data.strike, Math.max(280, chart.clientWidth));
  circuit.innerHTML = drawCircuit(result, circuit.clientWidth);
  follow(result);
  showScrolling();
  return result;
}

/** Take over the setting in the address, such as #target=lognormal&qubits=8&tolerance=0.002. */
function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  if (data.targets.some(({ key }) => key === asked.get("target"))) setting.target = asked.get("target");
  const qubits = Number(asked.get("qubits")), tolerance = Number(asked.get("tolerance"));
  if (data.targets.some(({ grids }) => grids.some((grid) => grid.qubits === qubits))) setting.qubits = qubits;
  if (data.tolerances.includes(tolerance)) setting.tolerance = tolerance;
  setting.count = /^\d+$/.test(asked.get("flips") ?? "") ? Number(asked.get("flips")) : null;
}

function writeAddress() {
  const { count, ...rest } = offered();
  const address = new URLSearchParams(count === null ? rest : { ...rest, flips: count });
  history.replaceState(null, "", `#${address}`);
}

function update() {
  root.querySelector('[role="status"]').textContent = summary(render());
}

root.addEventListener("input", ({ target: changed }) => {
  if (changed.name === "target") setting.target = changed.value;
  if (changed.name === "qubits") setting.qubits = Number(changed.value);
  if (changed.name === "tolerance") setting.tolerance = data.tolerances[Number(changed.value)];
  const last = Number(control("flips").max), flips = Number(control("flips").value);
  setting.count = changed.name === "flips" && flips < last ? flips : null;
  update();
  writeAddress();
});
root.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", () => { readAddress(); update(); });
window.addEventListener("resize", render);
root.querySelector(".circuit").addEventListener("scroll", showScrolling);
control("target").innerHTML = data.targets
  .map(({ key, name }) => `<option value="${key}">${name}</option>`).join("");
show("strike", data.strike);
readAddress();
update();
window.ssqwExplorer = { data, evaluate };
