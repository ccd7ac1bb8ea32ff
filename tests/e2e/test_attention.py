"""A click on a bar, a thumbnail or a cell moves everything else, and the link shows the same view again."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import visiting

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def hover(visit, point: Locator) -> tuple[float, float]:
    """A real mouse that comes to rest on the point, once nothing is drawn any more that would shift it: where it is."""
    visit.settle()
    point.scroll_into_view_if_needed()
    box = point.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    visit.page.mouse.move(x + 15, y + 5)
    visit.page.mouse.move(x, y, steps=5)
    return x, y


def click(visit, point: Locator) -> None:
    """A real mouse that moves before it clicks."""
    visit.page.mouse.click(*hover(visit, point))


def slider(page: Page, name: str):
    return page.get_by_role("slider", name=f"{name} {name}", exact=True)  # the label, of the group and of its handle


def test_bar_thumbnail_and_cell_are_linked_and_the_link_brings_them_back(visit):
    page = visit.open("attention?example=covered&frame=7&more=true")
    rows, cells = page.locator(".js-plotly-plot").nth(0), page.locator(".js-plotly-plot").nth(2)
    expect(page.get_by_role("button", name="Strip (MP4)")).to_be_visible()  # the last thing on the page
    expect(slider(page, "Frame")).to_have_value("7")

    click(visit, rows.locator(".barlayer .trace").nth(1).locator(".point").nth(12))
    expect(slider(page, "Frame")).to_have_value("12")
    expect(page.get_by_text(re.compile("frame 12, .* is looked at"))).to_be_visible()

    click(visit, rows.locator(".scatterlayer .trace").last.locator(".point").nth(0))
    expect(slider(page, "Frame")).to_have_value("1")

    click(visit, cells.locator(".scatterlayer .point").nth(45 + 30))
    expect(page).to_have_url(re.compile("reading=2"))
    expect(slider(page, "Reading")).to_have_value("2")
    expect(slider(page, "Frame")).to_have_value("30")
    visit.settle()
    told = page.get_by_text(re.compile("Reading 2 gives frame 30")).last
    words = told.inner_text()

    page.reload()
    expect(slider(page, "Reading")).to_have_value("2")
    expect(page.get_by_text(words)).to_be_visible()
    visit.settle()


def test_a_bar_a_thumbnail_and_a_cell_show_their_frame_large_under_the_pointer_and_it_plays(visit):
    page = visit.open("attention?example=covered&frame=7&more=true")
    expect(page.get_by_role("button", name="Strip (MP4)")).to_be_visible()  # the last thing on the page
    first, cells = page.locator(".st-key-first"), page.locator(".st-key-map")
    told, large = page.locator("figcaption b"), page.locator("figure img.frame")
    expect(told).to_have_text("frame 7, 0.7 s")
    linked = large.get_attribute("src")

    hover(visit, first.locator(".barlayer .trace").nth(1).locator(".point").nth(30))
    expect(told).to_have_text("frame 30, 3.0 s, covered")
    assert large.get_attribute("src") != linked
    expect(page.get_by_text(re.compile("UTRCNN: 0.0 × an even share"))).to_be_visible()
    expect(slider(page, "Frame")).to_have_value("7")  # the server was not asked

    hover(visit, first.locator(".scatterlayer .trace").last.locator(".point").nth(0))
    expect(told).to_have_text("frame 1, 0.1 s")
    hover(visit, cells.locator(".scatterlayer .point").nth(45 + 20))
    expect(told).to_have_text("frame 20, 2.0 s")
    expect(page.locator("figure")).to_be_in_viewport()  # it comes to the pointer where its place is out of sight
    page.mouse.move(5, 5)
    expect(told).to_have_text("frame 7, 0.7 s")
    assert large.get_attribute("src") == linked

    marker = page.locator(".st-key-first .frame-column")
    expect(marker).to_have_count(0)
    page.get_by_role("button", name="Play").click()
    expect(told).not_to_have_text("frame 7, 0.7 s")
    expect(marker).to_have_count(1)  # it runs over the bars
    page.get_by_role("button", name="Pause").click()
    expect(told).to_have_text("frame 7, 0.7 s")
    visit.settle()


def test_a_tap_shows_the_frame_large_and_keeps_it(server, browser):
    with visiting(server, browser, viewport={"width": 390, "height": 844}, has_touch=True) as visit:
        page = visit.open("attention?frame=7")
        told = page.locator("figcaption b")
        expect(told).to_have_text("frame 7, 0.7 s")
        visit.settle()
        bar = page.locator(".st-key-first .barlayer .trace").nth(1).locator(".point").nth(20)
        bar.scroll_into_view_if_needed()
        box = bar.bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(slider(page, "Frame")).to_have_value("20")
        expect(told).to_have_text("frame 20, 2.0 s")
        expect(page.locator("figure img.frame")).to_be_visible()
        visit.settle()


def drawn(chart: Locator, trace: int, axis: str) -> list:
    """The numbers of a trace as the browser has them."""
    script = f"plot => {{ const v = plot._fullData[{trace}].{axis}; return Array.from(v, r => r.length ? [...r] : r) }}"
    return chart.evaluate(script)


def shade(colour: str) -> float:
    """How bright a colour is that is written #rrggbb or rgb(r, g, b)."""
    parts = re.findall("[0-9a-f]{2}", colour.lower()) if colour[0] == "#" else re.findall(r"\d+", colour)
    red, green, blue = (int(part, 16 if colour[0] == "#" else 10) for part in parts[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


SHADES = "() => document.querySelectorAll('.js-plotly-plot')[2]?._fullData?.[0].colorscale?.map(([_, shade]) => shade)"


def shades(page: Page) -> list[str]:
    """The colours of the map, from the least weight to the largest."""
    return page.evaluate(SHADES)


def the_strongest_cell_stands_out(page: Page, brightest: int) -> None:
    """It is chosen, and has the colour farthest from the ground's, which is at that end of the scale."""
    expect(page.get_by_text(re.compile("Reading 3 gives frame .* rank 1 of"))).to_be_visible()
    bright = [shade(colour) for colour in shades(page)]
    assert bright[brightest] == max(bright) and bright[-1 - brightest] == min(bright)


def test_without_a_click_alpha_is_low_over_the_intruder_and_the_map_ends_on_it_and_shows_where_it_is_strongest(visit):
    page = visit.open("attention")
    expect(page.get_by_role("heading", name=re.compile("UTRCNN: half of its answer rests on frames"))).to_be_visible()
    first = page.locator(".js-plotly-plot").nth(0)
    expect(first).to_be_in_viewport()
    visit.settle()
    traces = first.evaluate("plot => plot._fullData.map(trace => trace.type)")
    bars = drawn(first, traces.index("bar"), "y")
    assert sum(bars[27:]) / 18 < sum(bars[:27]) / 27 / 3

    page.get_by_text("For researchers").click()
    expect(page.get_by_role("button", name="Strip (MP4)")).to_be_visible()
    visit.settle()
    last = drawn(page.locator(".js-plotly-plot").nth(2), 0, "z")[-1]
    assert [45 * value for value in last] == pytest.approx(bars, abs=1e-4)
    the_strongest_cell_stands_out(page, 0)

    light = shades(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => (now => now && `${{now}}` !== `${{light}}`)(({SHADES})())", arg=light)
    visit.settle()
    the_strongest_cell_stands_out(page, -1)
    visit.settle()


def test_how_many_memories_are_looked_at_is_in_the_link(visit):
    page = visit.open("attention?more=true&models=sab")
    expect(page.get_by_role("button", name="Strip (MP4)")).to_be_visible()
    page.get_by_text("Let it look back at more or fewer memories").click()
    slider = page.get_by_role("slider", name=re.compile("^k_top"))
    before = int(slider.input_value())
    slider.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"k_top={before - 1}"))
    visit.settle()
    page.reload()
    expect(page.get_by_role("button", name="Strip (MP4)")).to_be_visible()
    visit.settle()
    page.get_by_text("Let it look back at more or fewer memories").click()
    expect(slider).to_have_value(str(before - 1))
    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_text("What is temporal bias?")).to_be_visible()
    visit.settle()
    page.get_by_role("link", name="Attention", exact=True).first.click()
    expect(page).to_have_url(re.compile(f"k_top={before - 1}"))
    visit.settle()
