// A scene with a numbered box round each person, and a lane of time for each; a click on either chooses the person.

export default function ({ data, parentElement, setTriggerValue }) {
  const [figure, screen, video, boxes, button, scrub, output, lanes] =
    ["figure", ".screen", "video", ".boxes", ".play", ".scrub", "output", ".lanes"]
      .map((part) => parentElement.querySelector(part));
  const last = data.times.length - 1, span = Math.max(data.times[last] - data.times[0], 1e-9);
  const share = (time) => (time - data.times[0]) / span;
  const films = (window.films ??= new Map()); // by digest; they need not come again while this document is open
  if (data.film) films.set(data.digest, data.film);
  const choose = (place) => {
    document.dispatchEvent(new CustomEvent("person", { detail: { of: data.key, place } }));
    setTriggerValue("chosen", { place, films: [...films.keys()] });
  };
  const made = (tag, name, parent) => Object.assign(parent.appendChild(document.createElement(tag)), { className: name });

  const frame = () => Math.min(last, Math.max(0, Math.floor(video.currentTime * data.rate + 1e-3)));

  function makeBox(person) { // once: what is replaced under the pointer is not clicked
    const box = made("button", `box${person.chosen ? " chosen" : ""}`, boxes);
    box.type = "button";
    box.setAttribute("aria-label", `Choose ${person.title} in ${data.name}`);
    box.onclick = () => choose(person.place);
    made("b", "", box).textContent = person.mark;
  }

  function place(drawn, person, at) {
    const box = person.boxes[person.frames.indexOf(at)];
    drawn.hidden = !box;
    if (!box) return;
    const [left, top, right, bottom] = box.map((side) => 100 * side);
    drawn.style = `left: ${left}%; top: ${top}%; width: ${right - left}%; height: ${bottom - top}%`;
  }

  function draw(at = frame()) {
    data.people.forEach((person, number) => place(boxes.children[number], person, at));
    scrub.value = at;
    output.textContent = `${data.times[at].toFixed(1)} s`;
    scrub.setAttribute("aria-valuetext", `frame ${at}, ${output.textContent}`);
    figure.style.setProperty("--at", share(data.times[at]));
  }

  function go(at) {
    video.pause();
    video.currentTime = (at + 0.5) / data.rate;
    draw(at);
  }

  function lookAt(people) { // in a film at rest, where one of them is seen
    const now = frame(), distance = (at) => Math.abs(at - now), frames = people.flatMap((person) => person.frames);
    const nearest = frames.reduce((best, at) => (distance(at) < distance(best) ? at : best), frames[0] ?? now);
    if (video.paused && nearest !== now) go(nearest);
  }

  function intoView(lane) { // within the list: the page stays where it is
    const [list, one] = [lanes, lane].map((part) => part.getBoundingClientRect());
    lanes.scrollTop += Math.min(one.top - list.top, 0) + Math.max(one.bottom - list.bottom, 0);
  }

  function drawLane(person) {
    const lane = made("button", `lane${person.chosen ? " chosen" : ""}`, lanes);
    lane.type = "button";
    lane.setAttribute("aria-pressed", person.chosen);
    lane.title = person.told;
    const picture = made("img", "", lane);
    picture.src = person.thumbnail;
    picture.alt = "";
    made("span", "words", lane).textContent = `${person.title}, ${person.seen}`;
    const time = made("span", "time", lane);
    for (const [start, stop] of person.spans) {
      made("span", "seen", time).style = `left: ${100 * share(start)}%; width: ${100 * (share(stop) - share(start))}%`;
    }
    for (const jump of person.jumps) made("span", "jump", time).style = `left: ${100 * share(jump)}%`;
    made("span", "now", time);
    lane.onclick = () => choose(person.place);
  }

  const playing = () => {
    button.textContent = video.paused ? "Play" : "Pause";
    draw();
    if (!video.paused) requestAnimationFrame(playing);
  };

  figure.style.setProperty("--mark", data.mark);
  figure.setAttribute("aria-label", `${data.name}, its people and when they are seen`);
  if (parentElement.film !== data.digest) {
    parentElement.film = data.digest;
    video.src = films.get(data.digest);
    if (data.atOnce) video.play().catch(() => {}); // who forbids films that start by themselves has a button
  }
  screen.style.aspectRatio = data.shape;
  screen.style.maxWidth = `calc(var(--highest) * ${data.shape})`; // or boxes, shares of it, would not be where people are
  scrub.max = last;
  scrub.setAttribute("aria-label", `Frame of ${data.name}`);
  lanes.setAttribute("aria-label", `People of ${data.name}`);
  const held = parentElement.getRootNode().activeElement;
  for (const [parent, make] of [[lanes, drawLane], [boxes, makeBox]]) {
    const at = [...parent.children].indexOf(held);
    parent.replaceChildren();
    data.people.forEach(make);
    parent.children[at]?.focus({ preventScroll: true });
  }
  scrub.oninput = () => go(Number(scrub.value));
  button.onclick = () => (video.paused ? video.play() : video.pause());
  video.onplay = video.onpause = playing;
  video.onseeked = () => draw();
  draw();
  const chosen = data.people.find((person) => person.chosen), seen = `${data.digest} ${data.people.length} ${chosen?.place}`;
  if (parentElement.seen !== seen) lookAt(chosen ? [chosen] : data.people);
  if (parentElement.seen !== seen && chosen) intoView(lanes.querySelector(".chosen"));
  parentElement.seen = seen;
  return () => video.pause();
}
