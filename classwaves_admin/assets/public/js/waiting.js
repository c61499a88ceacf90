// A page that waits for the catalog: asks whether it answers again, then loads the page anew or frees the button.
// A form is never sent by itself: what a person sends leaves by their own hand, and once.
"use strict";

(() => {
  const FIRST_PAUSE = 3000;
  const LONGEST_PAUSE = 10000;
  const GROWTH = 1.3;

  const line = document.querySelector("[data-waiting]");
  if (!line) {
    return;
  }
  const button = document.querySelector("[data-waiting-button]");
  const end = Date.now() + Number(line.dataset.seconds) * 1000;
  let pause = FIRST_PAUSE;

  function free(words) {
    line.textContent = words;
    if (button) {
      button.disabled = false;
    }
  }

  async function awake() {
    try {
      const answer = await fetch(line.dataset.waiting, { cache: "no-store", credentials: "same-origin" });
      return answer.ok && (await answer.json()).awake;
    } catch {
      return false; // the network is away too: the next try tells
    }
  }

  async function look() {
    if (await awake()) {
      free(line.dataset.wordsAwake);
      if (line.dataset.then === "load") {
        window.location.reload();
      }
    } else if (Date.now() < end) {
      pause = Math.min(pause * GROWTH, LONGEST_PAUSE);
      window.setTimeout(look, pause);
    } else {
      free(line.dataset.wordsStopped);
    }
  }

  if (button && line.dataset.then === "send") {
    button.disabled = true;
  }
  window.setTimeout(look, pause);
})();
