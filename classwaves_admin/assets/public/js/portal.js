// Small behaviours on top of pages that work without them.
"use strict";

// The summary of errors above a form takes the focus, so that it is read first.
function focusOnLoad() {
  const target = document.querySelector("[data-focus-on-load]");
  if (target) {
    target.focus();
  }
}

// A link of the summary leads to the field itself, not only near it.
function followErrorLink(event) {
  const link = event.target.closest("[data-field-link]");
  const field = link && document.getElementById(link.hash.slice(1));
  if (field) {
    event.preventDefault();
    field.focus();
    field.scrollIntoView({ block: "center" });
  }
}

// A button that shows or hides the part of the page named by aria-controls.
function toggle(event) {
  const button = event.target.closest("[data-toggle]");
  if (!button) {
    return;
  }
  const part = document.getElementById(button.getAttribute("aria-controls"));
  const open = part.classList.toggle("is-open");
  button.setAttribute("aria-expanded", String(open));
}

function dismiss(event) {
  const button = event.target.closest("[data-dismiss]");
  if (button) {
    button.closest(".cw-toast").remove();
    document.getElementById("main").focus();
  }
}

function closeMenus(except) {
  document.querySelectorAll("details.cw-menu[open]").forEach((menu) => {
    if (menu !== except) {
      menu.open = false;
    }
  });
}

function escapeMenu(event) {
  if (event.key !== "Escape") {
    return;
  }
  const menu = document.querySelector("details.cw-menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
}

// A large file: shows how much of it is sent, and leads to the page that the server answers with.
function sendWithProgress(event) {
  const form = event.target.closest("form[data-upload]");
  const file = form && form.querySelector("input[type=file]");
  if (!form || !file.files.length) {
    return;
  }
  event.preventDefault();
  const part = form.querySelector("[data-upload-progress]");
  const bar = part.querySelector("progress");
  const button = form.querySelector("button[type=submit]");
  const request = new XMLHttpRequest();
  part.hidden = false;
  button.disabled = true;
  request.upload.addEventListener("progress", (sent) => {
    bar.value = sent.lengthComputable ? (100 * sent.loaded) / sent.total : 0;
  });
  request.addEventListener("load", () => {
    if (request.status < 400) {
      window.location.assign(request.responseURL);
    } else {
      form.submit(); // refused: the browser shows the page that says why
    }
  });
  request.addEventListener("error", () => {
    part.hidden = true;
    button.disabled = false;
    form.submit();
  });
  request.open("POST", form.action);
  request.send(new FormData(form));
}

document.addEventListener("submit", sendWithProgress);
document.addEventListener("click", (event) => {
  followErrorLink(event);
  toggle(event);
  dismiss(event);
  closeMenus(event.target.closest("details.cw-menu"));
  if (event.target.closest("[data-print]")) {
    window.print();
  }
  if (event.target.closest("[data-back]")) {
    window.history.back();
  }
});
// A live filter that the server cannot answer (204 while the catalog sleeps) becomes a plain form, so that the browser
// shows the page that says why. Other forms are sent by their own button alone.
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr } = event.detail;
  if ((xhr.status === 204 || xhr.status >= 500) && elt.matches("form[role=search]")) {
    elt.submit();
  }
});
// A mail's frame follows the text while somebody types: the form is sent to it by the button that does so without scripts.
document.addEventListener("htmx:afterSettle", (event) => {
  const form = event.detail.target.id === "live" && document.querySelector("form[data-preview-form]");
  if (form) {
    form.requestSubmit(form.querySelector("[data-preview-button]"));
  }
});
document.addEventListener("keydown", escapeMenu);
document.addEventListener("DOMContentLoaded", focusOnLoad);
