"""What every page has to keep: standards, widths, a way past the navigation."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser.axe import violations

# 1280 px seen at 200 % and at 400 % zoom (WCAG 1.4.10), and a usual phone between them.
NARROW_WIDTHS = (640, 390, 320)
HEIGHT = 900

_WIDER_THAN_SCREEN = "document.documentElement.scrollWidth - window.innerWidth"
_WIDER_THAN_FRAME = """() => [...document.querySelectorAll('main *')]
  .filter((element) => element.scrollWidth > element.clientWidth + 1
    && element.checkVisibility() && ['auto', 'scroll'].includes(getComputedStyle(element).overflowX))
  .map((element) => `${element.scrollWidth - element.clientWidth} px of .${element.className}`
    + ` ${element.querySelector('table')?.id ?? element.id}`)"""
_TAKES_FOCUS = "a[href], button:not([hidden]), input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
_FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const shown = element.matches('input[type=radio], input[type=checkbox]') && element.nextElementSibling || element;
  const box = shown.getBoundingClientRect();
  // The calendar of a date is a stop of its own, inside the field, which the browser marks itself.
  const calendar = element.type === 'date' && !element.matches(':focus-visible');
  const styles = [getComputedStyle(shown), getComputedStyle(element), getComputedStyle(shown, '::before')];
  const marked = styles.some((style) =>
    (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none');
  return {
    name: element.tagName.toLowerCase() + (element.id ? '#' + element.id : '') + ' ' + (element.className || ''),
    main: !!element.closest('main'),
    marked: marked || calendar,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
      && box.top < innerHeight && box.left < innerWidth,
  };
}"""


def faults(page: Page) -> list[str]:
    """Return what is wrong with the page at its present width: headings, WCAG, sideways scrolling."""
    where = f"{urlsplit(page.url).path} at {page.viewport_size['width'] if page.viewport_size else '?'} px"
    found = [f"{where}: {violation}" for violation in violations(page)]
    if not page.title().partition(" – ")[0].strip():
        found.append(f"{where}: no title")
    if (headings := page.locator("h1").count()) != 1:
        found.append(f"{where}: {headings} first headings")
    return [*found, *too_wide(page)]


def too_wide(page: Page) -> list[str]:
    """Return a fault where the page scrolls sideways."""
    if (pixels := page.evaluate(_WIDER_THAN_SCREEN)) > 0:
        width = page.viewport_size["width"] if page.viewport_size else 0
        return [f"{urlsplit(page.url).path} at {width} px is {pixels} px too wide"]
    return []


def faults_of_frames(page: Page) -> list[str]:
    """Return a fault for each table or other part that has to be scrolled sideways to be read."""
    where = f"{urlsplit(page.url).path} at {page.viewport_size['width'] if page.viewport_size else '?'} px"
    return [f"{where}: out of sight are {hidden}" for hidden in page.evaluate(_WIDER_THAN_FRAME)]


def faults_when_narrow(page: Page) -> list[str]:
    """Return what is wrong on narrower screens, and with WCAG on a phone; the page keeps its last width."""
    found = []
    for width in NARROW_WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += too_wide(page)
    return found


def faults_of_skip_link(page: Page) -> list[str]:
    """Return a fault unless the first Tab shows a link that leads to the main content."""
    where = urlsplit(page.url).path
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0); getSelection().removeAllRanges()")
    if page.locator("[data-focus-on-load], [autofocus]").count():
        return []  # the page has put the focus where the reader needs it, past the navigation
    page.keyboard.press("Tab")
    focus = page.evaluate(_FOCUS)
    if focus is None or "usa-skipnav" not in focus["name"] or not focus["seen"]:
        return [f"{where}: the first Tab reaches {focus['name'] if focus else 'nothing'}, not the skip link"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focus = page.evaluate(_FOCUS)
    beyond = focus is None or focus["main"] or not page.locator("main").locator(_TAKES_FOCUS).count()
    return [] if beyond else [f"{where}: after the skip link comes {focus['name']}"]


def faults_of_focus(page: Page, most: int = 60) -> list[str]:
    """Walk through the page by Tab; return every stop that is not on the screen or bears no mark."""
    where = urlsplit(page.url).path
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    found, stops = [], 0
    for _ in range(most):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        if focus is None:
            break
        stops += 1
        if not focus["seen"]:
            found.append(f"{where}: focus goes off the screen at {focus['name']}")
        if not focus["marked"]:
            found.append(f"{where}: focus cannot be seen at {focus['name']}")
    return found if stops else [f"{where}: nothing takes the focus"]
