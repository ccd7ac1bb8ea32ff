// A lane a camera, a bar a tracklet; a click on a bar plays it. Arrow keys go from bar to bar.

const ROW_REM = 1.8;

export default function ({ data, parentElement, setTriggerValue }) {
  const [timeline, scale, lanes] = [".timeline", ".scale", ".lanes"].map((part) => parentElement.querySelector(part));
  const made = (tag, name, parent) => Object.assign(parent.appendChild(document.createElement(tag)), { className: name });
  const share = (time) => `${(100 * time) / data.duration_s}%`;

  function drawBar(bar, lane) {
    const drawn = made("button", `bar ${bar.look}`, lane);
    drawn.type = "button";
    drawn.textContent = bar.mark;
    drawn.title = bar.told;
    drawn.dataset.number = bar.number;
    drawn.setAttribute("aria-label", bar.told);
    drawn.setAttribute("aria-pressed", bar.number === data.played);
    drawn.style.left = share(bar.start_s);
    drawn.style.width = share(bar.end_s - bar.start_s);
    drawn.style.top = `${0.1 + ROW_REM * bar.row}rem`;
    drawn.style.setProperty("--who", bar.colour);
    for (const jump of bar.jumps_s) {
      const at = (jump - bar.start_s) / (bar.end_s - bar.start_s);
      made("span", "jump", drawn).style.left = `${100 * at}%`;
    }
    drawn.onclick = () => setTriggerValue("chosen", bar.number);
  }

  function drawLane(lane) {
    const drawn = made("div", "lane", lanes);
    drawn.setAttribute("role", "group");
    drawn.setAttribute("aria-label", lane.name);
    drawn.style.height = `${ROW_REM * lane.rows}rem`;
    const name = made("span", "name", drawn);
    name.textContent = name.title = lane.name;
    lane.bars.forEach((bar) => drawBar(bar, drawn));
    const bars = [...drawn.querySelectorAll(".bar")];
    const reach = (bar) => bars.forEach((other) => (other.tabIndex = other === bar ? 0 : -1));
    reach(bars.find((bar) => bar.dataset.number === String(data.played)) ?? bars[0]); // one stop of the tab key a lane
    drawn.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = bars[bars.indexOf(event.target) + step];
      if (!step || !next) return;
      event.preventDefault();
      reach(next);
      next.focus();
    };
  }

  const held = parentElement.getRootNode().activeElement?.dataset?.number, scrolled = timeline.scrollLeft;
  timeline.setAttribute("aria-label", data.label);
  timeline.style.setProperty("--mark", data.mark);
  timeline.style.setProperty("--least", data.least);
  scale.replaceChildren();
  for (const tick of data.ticks) Object.assign(made("span", "", scale), { textContent: tick.text }).style.left = share(tick.time_s);
  lanes.replaceChildren();
  data.lanes.forEach(drawLane);
  timeline.scrollLeft = scrolled;
  if (held) lanes.querySelector(`[data-number="${held}"]`)?.focus({ preventScroll: true });
}
