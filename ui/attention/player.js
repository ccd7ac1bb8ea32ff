// The clip a frame at a time: the linked one, the one under the pointer in a chart, or, when it plays, all in order.
// Charts are Plotly's; their columns are the frames, from 0 on.

const BEAT_MS = 500; // a theme changes without an event
const ASKED = [1, 10, 40]; // beats after a change at which the page is asked to be drawn again: it may be busy

export default function ({ data, parentElement, setTriggerValue }) {
  const [figure, image, words, button] = ["figure", ".frame", ".words", ".play"]
    .map((part) => parentElement.querySelector(part));
  parentElement.leave?.(); // what an earlier run of the page left behind
  const ends = new AbortController();
  let hovered = null, played = null, timer = null;

  const charts = () => data.charts.flatMap((key) => [...document.querySelectorAll(`.st-key-${key} .js-plotly-plot`)]);

  function mark(plot, t) {
    plot.querySelector(".frame-column")?.remove();
    const axis = plot._fullLayout?.xaxis;
    if (t === null || !axis) return;
    const column = document.createElement("div"), left = axis._offset + axis.l2p(t - 0.5);
    column.className = "frame-column";
    column.style = `position: absolute; top: 0; bottom: 0; left: ${left}px; width: ${axis.l2p(1) - axis.l2p(0)}px;` +
      `background: ${data.mark}; opacity: 0.3; pointer-events: none`;
    plot.querySelector(".svg-container").append(column);
  }

  function show() {
    const moving = hovered ?? played, t = moving ?? data.current;
    image.src = data.frames[t];
    image.alt = `${data.name}, ${data.titles[t]}`;
    image.style.setProperty("--colour", data.colour);
    image.style.setProperty("--strength", data.strengths[t]);
    const title = document.createElement("b");
    title.textContent = data.titles[t];
    words.replaceChildren(title, ...data.told[t].map((line) => {
      const told = document.createElement("div");
      told.textContent = line;
      return told;
    }));
    charts().forEach((plot) => mark(plot, moving));
    const place = figure.parentElement.getBoundingClientRect();
    const inView = place.bottom > 60 && place.top < innerHeight - 60;
    if (hovered !== null && !inView) figure.parentElement.style.minHeight ||= `${place.height}px`;
    figure.classList.toggle("floating", hovered !== null && !inView);
  }

  function follow(t) {
    hovered = t;
    show();
  }

  function listen(event) {
    const plot = event.target.closest?.(".js-plotly-plot");
    if (!plot?.on || !charts().includes(plot)) return;
    for (const [name, listener] of Object.entries(plot.frameListeners ?? {})) plot.removeListener(name, listener);
    plot.frameListeners = {
      plotly_hover: ({ points }) => follow(Math.round(points[0].x)),
      plotly_unhover: () => follow(null),
    };
    for (const [name, listener] of Object.entries(plot.frameListeners)) plot.on(name, listener);
  }

  function tap({ pointerType, target, clientX }) { // a finger has no pointer to follow, and Plotly does not see it
    const plot = target.closest?.(".js-plotly-plot");
    if (pointerType !== "touch" || !charts().includes(plot)) return;
    const axis = plot._fullLayout.xaxis;
    const t = Math.round(axis.p2l(clientX - plot.getBoundingClientRect().left - axis._offset));
    if (t < 0 || t >= data.frames.length) return;
    follow(t);
    if (figure.getBoundingClientRect().bottom > 0) figure.scrollIntoView({ block: "nearest" });
    setTriggerValue("tapped", t);
  }

  function play(on) {
    clearInterval(timer);
    button.textContent = on ? "Pause" : "Play";
    played = on ? data.current % (data.frames.length - 1) : null;
    timer = on && setInterval(() => { played = (played + 1) % data.frames.length; show(); }, data.interval_ms);
    show();
  }

  const beat = setInterval(() => { // what Plotly has drawn keeps its shades until the page is drawn again
    const theme = getComputedStyle(figure).colorScheme;
    parentElement.late = data.shaded && theme !== data.shaded ? (parentElement.late ?? 0) + 1 : 0;
    if (ASKED.includes(parentElement.late)) setTriggerValue("theme", theme);
  }, BEAT_MS);

  button.onclick = () => play(played === null);
  document.addEventListener("pointerover", listen, { signal: ends.signal });
  document.addEventListener("pointerup", tap, { signal: ends.signal });
  parentElement.leave = () => {
    ends.abort();
    clearInterval(beat);
    clearInterval(timer);
    charts().forEach((plot) => mark(plot, null));
  };
  play(false);
  return parentElement.leave;
}
