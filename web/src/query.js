// SQL: Ctrl+Enter runs, a column's name goes into the statement, and results are downloaded from the REST API by POST.

const TYPES = {
  csv: "text/csv",
  parquet: "application/vnd.apache.parquet",
  json: "application/json",
  arrow: "application/vnd.apache.arrow.stream",
};

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest?.("form[data-runs]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
});

document.addEventListener("click", (event) => {
  const column = event.target.closest?.("[data-inserts]");
  const field = column && document.getElementById("sql");
  if (field) {
    field.setRangeText(column.dataset.inserts, field.selectionStart, field.selectionEnd, "end");
    field.focus();
  }
  const button = event.target.closest?.("[data-exports]");
  if (button) download(button);
});

document.addEventListener("stopgap:drawn", () => {
  const address = document.querySelector("#result [data-address]")?.dataset.address;
  if (address && address.length < 8000) history.replaceState(null, "", address);
});

async function download(button) {
  const place = button.closest("[data-exporting]");
  const said = place.querySelector("[data-export-status]");
  const value = (name) => place.querySelector(`input[name="${name}"]`).value;
  said.textContent = "Making the file …";
  const body = { sql: value("sql"), ...(value("as_of") ? { as_of: value("as_of") } : {}) };
  const headers = {
    "Content-Type": "application/json",
    Accept: TYPES[button.dataset.exports],
    "X-Stopgap-CSRF": document.querySelector('meta[name="csrf-token"]')?.content ?? "",
  };
  try {
    const answer = await fetch("/api/v1/query", { method: "POST", headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    const marking = (answer.headers.get("X-Stopgap-Marking") ?? "").split(" ")[0].replace(/[^A-Z+]+/g, "-");
    const link = Object.assign(document.createElement("a"), {
      href: URL.createObjectURL(await answer.blob()),
      download: `${marking}_query.${button.dataset.exports}`,
    });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    said.textContent = "";
  } catch (error) {
    said.textContent = error.message;
  }
}
