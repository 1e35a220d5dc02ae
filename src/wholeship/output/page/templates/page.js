"use strict";
// Sortable tables: a button in each header, aria-sort on the header cell.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const value = (row) => {
      const cell = row.cells[column];
      const given = cell.dataset.sort ?? cell.textContent.trim();
      const number = Number(given);
      return given !== "" && !Number.isNaN(number) ? number : given;
    };
    const order = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
    const rows = [...table.tBodies[0].rows].sort((a, b) => order(value(a), value(b)) * (up ? 1 : -1));
    table.tBodies[0].append(...rows);
  }));
}
// Stepping through a run: buttons, and the arrow keys while one of them has the focus.
for (const figure of document.querySelectorAll("[data-run]")) {
  const items = [...figure.querySelectorAll("ol.story > li")];
  const boxes = new Map([...figure.querySelectorAll("[data-node]")].map((box) => [box.dataset.node, box]));
  const buttons = Object.fromEntries([...figure.querySelectorAll("[data-go]")].map((b) => [b.dataset.go, b]));
  const where = figure.querySelector(".where");
  let at = -1;
  const show = (next) => {
    at = Math.max(-1, Math.min(items.length - 1, next));
    const states = {};
    items.slice(0, at + 1).forEach((item) => Object.assign(states, JSON.parse(item.dataset.states)));
    boxes.forEach((box, id) => {
      if (states[id]) box.dataset.state = states[id]; else delete box.dataset.state;
      box.querySelector(".state").textContent = states[id] ?? "";
    });
    items.forEach((item, index) => item.toggleAttribute("data-taken", index <= at));
    items.forEach((item, index) => index === at ? item.setAttribute("aria-current", "step") : item.removeAttribute("aria-current"));
    where.textContent = at < 0 ? "Before the run" : `Step ${at + 1} of ${items.length}: ${items[at].textContent.trim()}`;
    // Not `disabled`: a disabled button loses the focus, and with it the arrow keys.
    for (const name of ["first", "back"]) buttons[name].setAttribute("aria-disabled", at < 0);
    for (const name of ["next", "last"]) buttons[name].setAttribute("aria-disabled", at >= items.length - 1);
  };
  const moves = { first: () => -1, back: () => at - 1, next: () => at + 1, last: () => items.length - 1 };
  Object.entries(buttons).forEach(([name, button]) => button.addEventListener("click", () => show(moves[name]())));
  figure.querySelector(".player").addEventListener("keydown", (event) => {
    const move = { ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last" }[event.key];
    if (move) { show(moves[move]()); event.preventDefault(); }
  });
  show(-1);
}
// Contents: only the sections that mention what is typed, and how many those are.
for (const nav of document.querySelectorAll("nav.contents")) {
  const items = [...nav.querySelectorAll("li")];
  const sections = items.map((item) => document.getElementById(item.firstChild.hash.slice(1)).parentElement);
  const found = nav.querySelector(".found");
  nav.querySelector("input").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    const shown = sections.map((section, index) => {
      const hit = !wanted || section.textContent.toLowerCase().includes(wanted);
      section.hidden = items[index].hidden = !hit;
      return hit;
    }).filter(Boolean).length;
    found.textContent = wanted ? `${shown} of ${items.length}` : "";
  });
}
// A drawing that is wider than its place says so.
for (const place of document.querySelectorAll(".drawing .scroll")) {
  const hint = document.createElement("p");
  hint.className = "wider";
  hint.textContent = "Wider than the screen: scroll it sideways \u2192";
  hint.hidden = true;
  place.before(hint);
  new ResizeObserver(() => { hint.hidden = place.scrollWidth <= place.clientWidth + 1; }).observe(place);
}
