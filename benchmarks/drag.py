"""Dragging the cover on the page Bias lab in Chromium: what a frame of the picture costs."""

import statistics

from playwright.sync_api import sync_playwright

from tests.e2e.conftest import CHROMIUM, FLAGS, running_app, visiting

MOVES = 120
SHARE = 40  # of the frames, in percent; the cover goes over the strip and back

# From the pointer's event to the end of the frame that it makes: its handler, styles, layout and paint. The message is
# sent in the callback that a frame begins with, and comes once that frame is painted; waiting for a frame is not timed.
DRAG = """
async ({moves, share}) => {
  const roots = [...document.querySelectorAll("*")].map((one) => one.shadowRoot);
  const root = roots.find((one) => one?.querySelector(".strip"));
  const strip = root.querySelector(".strip"), cover = root.querySelector(".cover"), box = strip.getBoundingClientRect();
  const room = box.width * (1 - share / 100), left = box.left + box.width * share / 200, y = box.top + box.height / 2;
  const send = (target, name, part) => target.dispatchEvent(new PointerEvent(name, {
    clientX: left + part * room, clientY: y, pointerId: 1, bubbles: true, composed: true, cancelable: true}));
  strip.setPointerCapture = () => {}; // of a pointer that no hand moves
  send(cover, "pointerdown", 1);
  const channel = new MessageChannel(), times = [];
  for (let move = 0; move < moves; move += 1) {
    times.push(await new Promise((done) => requestAnimationFrame(() => {
      const started = performance.now();
      send(strip, "pointermove", Math.abs(1 - 4 * move / moves % 2));
      channel.port1.onmessage = () => done(performance.now() - started);
      channel.port2.postMessage(null);
    })));
  }
  strip.onlostpointercapture();
  return times;
}
"""


def measure() -> dict[str, float]:
    """``drag_frame_ms``: the median of the frames of a drag there and back, and the 95th of 100."""
    with running_app() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        with visiting(address, browser) as visit:
            visit.open()  # a fresh server knows its pages once the first has been shown
            page = visit.open("bias_lab")
            page.locator(".model path[d^=M]").first.wait_for()
            times = page.evaluate(DRAG, {"moves": MOVES, "share": SHARE})
            visit.settle()
        browser.close()
    return {"drag_frame_ms": statistics.median(times), "drag_frame_95_ms": statistics.quantiles(times, n=20)[-1]}
