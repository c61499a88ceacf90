// Runs before the page is drawn: tells the stylesheet that scripts work, so that nothing jumps later.
document.documentElement.classList.add("js");
