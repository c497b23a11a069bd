// Large tables: a real <table> that holds the rows in sight, whatever the length of the data.
// <regular-table data-source="ADDRESS" data-total="N">: ADDRESS answers ?offset=&limit= with {columns, rows}.
import "regular-table";

const PAGE = 200;

async function start(table) {
  const { source, total } = table.dataset;
  const pages = new Map();
  const size = Number(total);
  const columns = JSON.parse(table.dataset.columns);

  const page = (number) => {
    if (!pages.has(number)) {
      if (pages.size > 40) pages.delete(pages.keys().next().value);
      const address = new URL(source, location.href);
      address.searchParams.set("offset", number * PAGE);
      address.searchParams.set("limit", PAGE);
      pages.set(number, fetch(address, { headers: { Accept: "application/json" } }).then((answer) => {
        if (!answer.ok) throw new Error(`the rows could not be read (${answer.status})`);
        return answer.json();
      }).then((read) => read.rows));
    }
    return pages.get(number);
  };

  table.setDataListener(async (x0, y0, x1, y1) => {
    const rows = [];
    for (let number = Math.floor(y0 / PAGE); number * PAGE < y1; number += 1) {
      const found = await page(number);
      const from = number * PAGE;
      for (let index = Math.max(y0, from); index < Math.min(y1, from + found.length); index += 1) rows.push(found[index - from]);
    }
    const shown = columns.slice(x0, x1);
    return {
      num_rows: size,
      num_columns: columns.length,
      column_headers: shown.map((name) => [name]),
      data: shown.map((name, at) => rows.map((row) => row[x0 + at])),
    };
  });
  await table.draw();
}

for (const table of document.querySelectorAll("regular-table[data-source]")) start(table);
document.addEventListener("stopgap:drawn", () => {
  for (const table of document.querySelectorAll("regular-table[data-source]:not([data-started])")) {
    table.dataset.started = "";
    start(table);
  }
});
