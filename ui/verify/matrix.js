// All people of one video against all of the other: a click on a cell chooses both. What is said of the two who are
// chosen, here or in a player, stands below at once; the page is drawn again meanwhile.

export default function ({ data, parentElement, setTriggerValue }) {
  const [place, said] = [".matrix", ".pair"].map((part) => parentElement.querySelector(part));
  const now = [...data.chosen];
  const made = (tag, parent) => parent.appendChild(document.createElement(tag));

  function head(parent, person, scope) {
    const cell = made("th", parent);
    cell.scope = scope;
    made("img", cell).src = person.thumbnail;
    cell.firstChild.alt = "";
    cell.append(person.title);
  }

  function drawn(parent, row, column) {
    const sure = data.probabilities[row][column], button = made("button", made("td", parent));
    button.type = "button";
    button.style.setProperty("--p", sure);
    button.textContent = Math.round(100 * sure);
    button.setAttribute("aria-pressed", data.chosen?.[0] === row && data.chosen?.[1] === column);
    button.setAttribute("aria-label",
      `${data.rows[row].title} and ${data.columns[column].title}: ${button.textContent} % the same person`);
    button.onclick = () => {
      setTriggerValue("chosen", [row, column]);
      show(row, column);
    };
  }

  function show(...chosen) {
    const [row, column] = Object.assign(now, chosen);
    const sentence = data.said[row]?.[column];
    said.textContent = sentence ? `${data.rows[row].title} and ${data.columns[column].title}: ${sentence}` : "";
    place.querySelector(".now")?.classList.remove("now");
    const cell = place.querySelectorAll("tbody tr")[row]?.querySelectorAll("button")[column];
    cell?.classList.add("now");
    if (cell && parentElement.seen !== `${now}`) intoView(cell);
    parentElement.seen = `${now}`;
  }

  function intoView(cell) { // within the table, clear of its heads: the page stays where it is
    const [box, head, one] = [place, place.querySelector("thead td"), cell].map((part) => part.getBoundingClientRect());
    place.scrollLeft += Math.min(one.left - box.left - head.width, 0) + Math.max(one.right - box.right, 0);
    place.scrollTop += Math.min(one.top - box.top - head.height, 0) + Math.max(one.bottom - box.bottom, 0);
  }

  function follow({ detail: person }) {
    const side = data.players.indexOf(person.of);
    if (side >= 0) show(...Object.assign([...now], { [side]: person.place }));
  }

  for (const name of ["same", "different", "mark"]) place.style.setProperty(`--${name}`, data[name]);
  const table = document.createElement("table"), top = made("tr", made("thead", table)), body = made("tbody", table);
  table.setAttribute("aria-label", data.label);
  made("td", top);
  data.columns.forEach((person) => head(top, person, "col"));
  data.rows.forEach((person, row) => {
    const line = made("tr", body);
    head(line, person, "row");
    data.columns.forEach((_, column) => drawn(line, row, column));
  });
  const [left, upper] = [place.scrollLeft, place.scrollTop];
  const held = [...place.querySelectorAll("button")].indexOf(parentElement.getRootNode().activeElement);
  place.replaceChildren(table);
  place.querySelectorAll("button")[held]?.focus();
  place.scrollTo(left, upper);
  show(...now);
  parentElement.leave?.(); // of an earlier run of the page
  document.addEventListener("person", follow);
  parentElement.leave = () => document.removeEventListener("person", follow);
  return parentElement.leave;
}
