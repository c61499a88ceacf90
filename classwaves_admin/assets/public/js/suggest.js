// A search box that offers words while somebody types. The list comes from the server; without this file the box is plain.
"use strict";

const box = () => document.querySelector("[data-suggest]");
const list = () => document.getElementById(box().getAttribute("aria-controls"));
const options = () => [...list().querySelectorAll("[role=option]")];
const chosen = () => list().querySelector("[aria-selected=true]");

function ask() {
  const input = box();
  input.closest("form").querySelector("[data-caret]").value = input.selectionStart;
  htmx.trigger(input, "suggest");
}

function show(open) {
  list().hidden = !open;
  box().setAttribute("aria-expanded", String(open));
  if (!open) {
    choose(null);
  }
}

function choose(option) {
  options().forEach((other) => other.setAttribute("aria-selected", String(other === option)));
  if (option) {
    box().setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    box().removeAttribute("aria-activedescendant");
  }
}

function take(option) {
  const input = box();
  input.value = option.dataset.text;
  input.focus();
  input.setSelectionRange(input.value.length, input.value.length);
  show(false);
  if (input.value.endsWith(":")) {
    ask();
  }
}

function move(by) {
  const all = options();
  if (list().hidden || !all.length) {
    ask();
    return;
  }
  const place = all.indexOf(chosen());
  choose(all[(place + by + (place < 0 && by < 0 ? 1 : 0) + all.length) % all.length]);
}

function onKey(event) {
  if (event.target !== box()) {
    return;
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && chosen()) {
    event.preventDefault();
    take(chosen());
  } else if (event.key === "Escape" && !list().hidden) {
    event.preventDefault();
    show(false);
  } else if (event.key === "Enter" || event.key === "Tab") {
    show(false);
  }
}

document.addEventListener("keydown", onKey);
document.addEventListener("input", (event) => {
  if (event.target === box()) {
    ask();
  }
});
// A press would take the focus out of the box before the click arrives.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("[role=option]")) {
    event.preventDefault();
  }
});
document.addEventListener("click", (event) => {
  const option = event.target.closest("#search-options [role=option]");
  if (option) {
    take(option);
  } else if (event.target !== box()) {
    show(false);
  }
});
// An answer that comes after the box was left is not shown.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id === "search-options") {
    show(options().length > 0 && document.activeElement === box());
  }
});
