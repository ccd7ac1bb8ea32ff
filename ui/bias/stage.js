// The cover on the strip, moved by hand or by keys; rows and curves follow from numbers that are here already.
// What was moved is told to the server when it is let go, so that the link and the downloads are of the same place.

const SETTLED_MS = 400; // after the last key
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -4, PageUp: 4, Home: -99, End: 99 };
const PLACES = ["cover at the start", "in the middle", "at the end"];
const SVG = "http://www.w3.org/2000/svg";

const clamp = (value, last) => Math.min(Math.max(Math.round(value), 0), last);

function made(tag, className, parent) {
  const svg = ["svg", "path", "line", "polyline"].includes(tag);
  const element = svg ? document.createElementNS(SVG, tag) : document.createElement(tag);
  element.setAttribute("class", className);
  parent.append(element);
  return element;
}

function turn(event) { // the keys of a presenter, where nothing else wants them
  const button = { ArrowRight: "go_on", PageDown: "go_on", ArrowLeft: "go_back", PageUp: "go_back" }[event.key];
  const busy = event.defaultPrevented || event.target.closest?.("input, textarea, select, [role=slider], [role=listbox]");
  if (button && !busy) document.querySelector(`.st-key-${button} button`)?.click();
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

export default function ({ data, parentElement, setTriggerValue }) {
  parentElement.leave?.(); // what an earlier run of the page left behind
  const ends = new AbortController(), part = (name) => parentElement.querySelector(name);
  const [stage, strip, cover, edge] = [".stage", ".strip", ".cover", ".edge"].map(part);
  const { length, shares, places, covers, cells } = data, lastRow = shares.length - 1, lastColumn = places.length - 1;
  const top = 1.05 * Math.max(1.5, ...data.models.flatMap((model) => model.curve.flat()));

  // a move that the server has not seen yet holds against what an earlier run of the page says
  const kept = (parentElement.kept ??= { moves: data.moves }), another = kept.of !== data.of;
  if (another || !(kept.held || kept.moves > data.moves)) kept.now = data.now;
  kept.of = data.of;

  const lanes = data.models.map((model, m) => {
    model.bytes = Uint8Array.from(atob(model.bars), (letter) => letter.charCodeAt(0));
    return lane(model, data.notes[m]);
  });
  part(".models").replaceChildren(...lanes.map(({ row }) => row));
  if (another) { // else they would flicker
    const picture = (src) => Object.assign(new Image(), { src, alt: "", draggable: false });
    part(".plain").replaceChildren(...data.plain.map(picture));
    part(".hiding").replaceChildren(...data.covered.map(picture));
  }
  const graph = curve();

  function lane(model, note) {
    const row = document.createElement("div");
    row.className = "lane model";
    row.style = `--colour: ${model.colour}; --dash: ${model.dash}`;
    const label = made("div", "label", row), name = made("b", "", label);
    const sample = made("svg", "", name);
    set(made("line", "", sample), { x1: 0, x2: "100%", y1: "50%", y2: "50%" });
    name.append(model.title);
    const answer = made("span", "answer", label), sure = made("div", "", label), distance = made("div", "distance", label);
    if (note) { // in the place of a line, so that no row grows
      (data.large ? sure : distance).hidden = true;
      made("div", "note", label).textContent = note;
    }
    const bars = made("div", "bars", row), svg = made("svg", "", bars), measure = made("span", "measure", bars);
    bars.setAttribute("role", "img");
    set(svg, { viewBox: `0 0 ${length} 255`, preserveAspectRatio: "none" });
    const path = made("path", "", svg), even = made("line", "even", svg);
    made("div", "shade", bars);
    return { row, answer, sure, distance, bars, measure, path, even };
  }

  function curve() {
    const place = part(".curve"), svg = document.createElementNS(SVG, "svg");
    place.replaceChildren(svg);
    set(svg, { viewBox: "0 0 100 100", preserveAspectRatio: "none" });
    const level = 100 - 100 / top, word = made("span", "", place);
    set(made("line", "limit", svg), { x1: 0, x2: 100, y1: level, y2: level });
    word.style.bottom = `${100 / top}%`;
    word.textContent = "threshold";
    const now = made("line", "now", svg);
    const lines = data.models.map((model) => {
      const line = made("polyline", "", svg), dot = made("div", "dot", place);
      line.style = dot.style = `--colour: ${model.colour}; --dash: ${model.dash}`;
      return { line, dot };
    });
    part(".axis").textContent = data.overShare ? "Distance over the covered share" : "Distance over the place of the cover";
    const words = data.overShare ? [`${shares[0]} % covered`, `${shares[lastRow]} %`] : PLACES;
    part(".ticks").replaceChildren(...words.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
    return { place, now, lines };
  }

  function heights({ bytes, row }, r, c) { // a byte a bar, none where it was not measured
    if (row !== null && row !== r) return null;
    const first = ((row === null ? r : 0) * (lastColumn + 1) + c) * length;
    return bytes.subarray(first, first + length);
  }

  function draw() {
    const [r, c] = kept.now, [start, count] = covers[r][c], cell = cells[r][c];
    stage.style.setProperty("--from", `${(100 * start) / length}%`);
    stage.style.setProperty("--wide", `${(100 * count) / length}%`);
    set(cover, { "aria-valuenow": places[c], "aria-valuetext": data.hidden ? cell.value : `${cell.value}. ${cell.told}` });
    set(edge, { "aria-valuenow": shares[r], "aria-valuetext": `${shares[r]} % of the frames` });
    part(".told").textContent = data.hidden ? `${cell.value[0].toUpperCase()}${cell.value.slice(1)}.` : cell.told;
    if (data.hidden) return;
    data.models.forEach((model, m) => drawLane(model, lanes[m], cell.cards[m], r, c));
    drawCurve(r, c);
  }

  function drawLane(model, { row, answer, sure, distance, bars, measure, path, even }, card, r, c) {
    const bytes = heights(model, r, c), scale = model.row === null ? r : 0;
    [answer.textContent, sure.textContent, distance.textContent] = card;
    row.classList.toggle("changed", card[4]);
    measure.textContent = bytes ? `${model.measure}${card[3]}, top ${model.tops[scale]}` : "let go to measure";
    bars.setAttribute("aria-label", `${model.title}: ${measure.textContent}`);
    let way = "";
    bytes?.forEach((height, t) => { way += `M${t + 0.06} 255V${255 - height}h.88V255z`; });
    path.setAttribute("d", way);
    set(even, { x1: 0, x2: length, y1: 255 - model.even[scale], y2: 255 - model.even[scale] });
  }

  function drawCurve(r, c) {
    const across = data.overShare ? shares : places, mine = data.overShare ? r : c;
    const x = (index) => (100 * (across[index] - across[0])) / Math.max(across.at(-1) - across[0], 1);
    set(graph.place, { "aria-label": data.curves[r] });
    set(graph.now, { x1: x(mine), x2: x(mine), y1: 0, y2: 100 });
    data.models.forEach((model, m) => {
      const values = data.overShare ? model.curve.map((line) => line[c]) : model.curve[r], { line, dot } = graph.lines[m];
      line.setAttribute("points", values.map((value, index) => `${x(index)},${100 - (100 * value) / top}`).join(" "));
      dot.style.left = `${x(mine)}%`;
      dot.style.bottom = `${(100 * values[mine]) / top}%`;
    });
  }

  function go(row, column) {
    kept.now = [clamp(row, lastRow), clamp(column, lastColumn)];
    kept.draw();
  }

  function tell() {
    kept.held = false;
    kept.moves += 1;
    const [r, c] = kept.now;
    setTriggerValue("moved", { share: shares[r], at: places[c], moves: kept.moves });
  }

  function take(event) { // the cover where it is held; where it is not, its middle comes to the finger
    if (event.button) return;
    const box = strip.getBoundingClientRect(), frame = ({ clientX }) => ((clientX - box.left) / box.width) * length;
    const [first, count] = covers[kept.now[0]][kept.now[1]], at = frame(event), stretching = event.target === edge;
    const held = stretching ? at - first - count : event.target === cover ? at - first : count / 2;
    kept.held = true;
    strip.setPointerCapture(event.pointerId);
    (stretching ? edge : cover).focus();
    const follow = (moved) => (stretching ? stretch(first, frame(moved) - held) : slide(frame(moved) - held));
    follow(event);
    strip.onpointermove = follow;
    strip.onlostpointercapture = () => { strip.onpointermove = strip.onlostpointercapture = null; tell(); };
    event.preventDefault();
  }

  const slide = (first) => go(kept.now[0], (lastColumn * first) / Math.max(length - covers[kept.now[0]][0][1], 1));

  function stretch(first, end) {
    const wanted = (100 * (end - first)) / length;
    const row = shares.reduce((best, share, r) => (Math.abs(share - wanted) < Math.abs(shares[best] - wanted) ? r : best), 0);
    kept.now[0] = row;
    slide(first);
  }

  function press(event, stretching) {
    const step = KEYS[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    const [r, c] = kept.now;
    kept.held = true;
    stretching ? go(r + step, c) : go(r, c + step);
    clearTimeout(kept.timer);
    kept.timer = setTimeout(tell, SETTLED_MS);
    event.preventDefault();
    event.stopPropagation();
  }

  const bare = !data.covered.length;
  stage.classList.toggle("bare", bare);
  stage.classList.toggle("guessing", data.hidden);
  stage.classList.toggle("large", data.large);
  stage.style.setProperty("--mark", data.mark);
  part(".axis").hidden = part(".curve").parentElement.hidden = bare;
  set(part(".plain"), { "aria-label": `${data.plain.length} of the ${length} frames of ${data.name}, in order` });
  set(cover, { "aria-valuemin": 0, "aria-valuemax": 100 });
  set(edge, { "aria-valuemin": shares[0], "aria-valuemax": shares[lastRow] });
  strip.onpointerdown = bare ? null : take;
  cover.onkeydown = (event) => press(event, false);
  edge.onkeydown = (event) => press(event, true);
  if (data.large) document.addEventListener("keydown", turn, { signal: ends.signal });
  kept.draw = draw; // a hand may hold the cover since before this run of the page
  draw();
  return (parentElement.leave = () => ends.abort());
}
