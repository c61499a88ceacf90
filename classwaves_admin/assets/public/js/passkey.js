// A passkey that was refused, cancelled or not found: say so on the page instead of in the console only.
"use strict";

document.addEventListener("allauth.error", (event) => {
  const note = document.getElementById("passkey-problem");
  if (note) {
    event.preventDefault();
    note.hidden = false;
    note.focus();
  }
});
