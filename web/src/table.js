// Large tables: a real <table> that holds the rows in sight, whatever the length of the data.
// <regular-table data-source="ADDRESS" data-total="N" data-columns="[…]" data-numbers="[…]" data-link="COLUMN">:
// ADDRESS answers ?offset=&limit= with {rows, links}. <form data-jumps="KEY"> goes to a row of <regular-table id="big-KEY">.
import "regular-table";

const PAGE = 200;

async function start(element) {
  const { source, total } = element.dataset;
  const size = Number(total);
  const columns = JSON.parse(element.dataset.columns);
  const numbers = new Set(JSON.parse(element.dataset.numbers));
  const linked = Number(element.dataset.link);
  const pages = new Map();

  const page = (number) => {
    if (!pages.has(number)) {
      if (pages.size > 40) pages.delete(pages.keys().next().value);
      pages.set(number, read(source, { offset: number * PAGE, limit: PAGE }).catch((error) => {
        pages.delete(number);
        throw error;
      }));
    }
    return pages.get(number);
  };

  const cell = (row, at, address) => {
    const text = row[at];
    if (at !== linked || !address) return text;
    return Object.assign(document.createElement("a"), { href: address, textContent: text, className: "figure" });
  };

  element.setDataListener(async (x0, y0, x1, y1) => {
    const rows = [];
    for (let number = Math.floor(y0 / PAGE); number * PAGE < y1; number += 1) {
      const found = await page(number);
      const from = number * PAGE;
      for (let at = Math.max(y0, from); at < Math.min(y1, from + found.rows.length); at += 1) {
        rows.push(found.rows[at - from].map((_, column) => cell(found.rows[at - from], column, found.links[at - from])));
      }
    }
    const shown = columns.slice(x0, x1);
    return {
      num_rows: size,
      num_columns: columns.length,
      column_headers: shown.map((name) => [name]),
      data: shown.map((name, at) => rows.map((row) => row[x0 + at])),
    };
  });
  element.addStyleListener(() => {
    const table = element.querySelector("table");
    table.setAttribute("aria-labelledby", element.getAttribute("aria-labelledby"));
    table.setAttribute("aria-rowcount", size + 1);
    for (const each of table.querySelectorAll("th, td")) {
      each.classList.toggle("number", numbers.has(element.getMeta(each)?.x));
      each.classList.toggle("missing", each.textContent === "not reported");
    }
    let expected = null;
    for (const row of table.tBodies[0].rows) {
      const y = element.getMeta(row.cells[0])?.y;
      expected ??= y;
      row.hidden = y !== expected; // rows of an earlier view that the last rows of the data do not need
      row.setAttribute("aria-rowindex", y + 2);
      expected += 1;
    }
  });
  await element.draw();
}

async function read(source, more) {
  const address = new URL(source, location.href);
  for (const [name, value] of Object.entries(more)) address.searchParams.set(name, value);
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`the rows could not be read (${answer.status})`);
  return answer.json();
}

async function jump(form) {
  const element = document.getElementById(`big-${form.dataset.jumps}`);
  const said = form.querySelector("output");
  const found = await read(element.dataset.place, { text: form.elements.to.value });
  said.textContent = found.row === null ? found.said : `Row ${(found.row + 1).toLocaleString("en")}`;
  if (found.row === null) return;
  await scrollTo(element, found.row);
  element.focus({ preventScroll: true });
}

async function scrollTo(element, row) {
  // by share of the whole, as the height of very long tables is capped; again where drawing changed the heights
  for (let place = -1, turn = 0; turn < 3 && element.scrollTop !== place; turn += 1) {
    const height = element.querySelector("td")?.offsetHeight || 1;
    const below = Math.max(1, Number(element.dataset.total) - element.clientHeight / height + 1);
    const share = Math.min(1, row / below);
    element.scrollTop = Math.ceil(share * (element.scrollHeight - element.clientHeight));
    await new Promise(requestAnimationFrame);
    await element.flush();
    place = Math.ceil(share * (element.scrollHeight - element.clientHeight));
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest?.("form[data-jumps]");
  if (!form) return;
  event.preventDefault();
  jump(form);
});

function startAll() {
  for (const element of document.querySelectorAll("regular-table[data-source]:not([data-started])")) {
    element.dataset.started = "";
    start(element);
  }
}

document.addEventListener("stopgap:drawn", startAll);
startAll();
