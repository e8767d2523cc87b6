// The workbench by keyboard, and a long action that goes on by itself. Without this script both work by their buttons.
"use strict";

const onward = document.querySelector("form[data-go-on]");
if (onward) onward.requestSubmit();

const rows = [...document.querySelectorAll("#workbench [data-row]")];
const isTyping = (element) =>
  element.matches("input:not([type=checkbox]), select, textarea, [contenteditable]");

function current() {
  return rows.findIndex((row) => row.contains(document.activeElement));
}

function move(step) {
  const next = Math.min(rows.length - 1, Math.max(0, current() + step));
  rows[next]?.querySelector("input[type=checkbox], a")?.focus();
}

function press(key) {
  const ticked = document.querySelector("#workbench input[name=offer]:checked, #workbench input[name=all]:checked");
  const button = ticked
    ? document.querySelector(`[data-all-key="${key}"]`)
    : rows[current()]?.querySelector(`[data-key="${key}"]`);
  button?.click();
}

function fail() {
  const row = rows[current()];
  const ticked = document.querySelector("#workbench input[name=offer]:checked");
  if (!ticked && row) row.querySelector("input[name=offer]").checked = true;
  document.querySelector("[data-focus-key=f]")?.focus();
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  x: () => rows[current()]?.querySelector("input[name=offer]")?.click(),
  Enter: () => rows[current()]?.querySelector("[data-open]")?.click(),
  l: () => press("l"),
  p: () => press("p"),
  f: fail,
};

if (rows.length) {
  document.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    // Enter on a link or a button is theirs.
    if (event.key === "Enter" && !event.target.matches("input[type=checkbox]")) return;
    event.preventDefault();
    action();
  });
}
