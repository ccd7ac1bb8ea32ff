// All people of one video against all of the other: a click on a cell chooses both.

export default function ({ data, parentElement, setTriggerValue }) {
  const place = parentElement.querySelector(".matrix");
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
    button.onclick = () => setTriggerValue("chosen", [row, column]);
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
}
