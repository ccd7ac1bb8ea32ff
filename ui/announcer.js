// Says in a live region what changes by itself on a page: the work that goes on, then its answer. And lets the keyboard
// reach what scrolls sideways, tables that are wider than a phone; and names the empty corner of a table.

const PAUSE_MS = 700, PROGRESS_MS = 5000; // work is not told more often
const BEAT_MS = 1000; // widths and colours change without any change of the document that could be observed
const FILLED = '[data-testid="stMultiSelect"] span[title], [data-testid="stBaseButton-primary"]';
const text = (element) => element?.innerText.replace(/\s+/g, " ").trim() ?? "";

export default function ({ data, parentElement }) {
  const region = parentElement.querySelector(".said");
  parentElement.leave?.(); // what an earlier run of the page left behind
  let timer = null, told = 0, answered = "";

  function say() {
    timer = null;
    const progress = text(document.querySelector('[data-testid="stProgress"]'));
    const answer = text(document.querySelector(data.answer));
    if (progress && Date.now() - told > PROGRESS_MS) {
      told = Date.now();
      region.textContent = progress;
    } else if (!progress && answer && answer !== answered) {
      region.textContent = answered = answer;
    }
  }

  function reach() {
    for (const table of document.querySelectorAll('[data-testid="stTable"], [data-testid="stTable"] > div')) {
      const wide = table.scrollWidth > table.clientWidth + 1;
      if (wide && !table.hasAttribute("tabindex")) table.tabIndex = 0;
    }
    for (const [table, name] of [["stTable", "name"], ["stDataFrame", "chosen"]]) {
      for (const head of document.querySelectorAll(`[data-testid="${table}"] th`)) {
        if (!head.textContent.trim()) head.setAttribute("aria-label", name);
      }
    }
    const app = document.querySelector('[data-testid="stApp"]');
    if (!app) return;
    const ground = getComputedStyle(app).backgroundColor; // white on the dark theme's light blue could not be read
    for (const filled of document.querySelectorAll(FILLED)) filled.style.color = ground;
  }

  const observer = new MutationObserver(() => {
    timer ??= setTimeout(say, PAUSE_MS);
  });
  observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  say();
  reach();
  const beat = setInterval(reach, BEAT_MS);
  parentElement.leave = () => {
    observer.disconnect();
    clearInterval(beat);
    clearTimeout(timer);
  };
  return parentElement.leave;
}
