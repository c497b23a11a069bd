// Uploads with progress: <form data-upload action="/api/v1/imports"> sends its files to the REST API, says how far it is,
// and goes on to the page of the job. A refusal is shown in the form's [data-problem], as text.

export function startUploads() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("form[data-upload]");
    if (!form) return;
    event.preventDefault();
    send(form);
  });
  document.addEventListener("change", (event) => {
    const field = event.target.closest?.('form[data-upload] input[type="file"]');
    if (!field) return;
    delete field.form.dataset.key;
    const said = field.form.querySelector("[data-chosen]");
    if (said) said.textContent = [...field.files].map((file) => `${file.name} (${sized(file.size)})`).join(", ");
  });
}

function send(form) {
  const data = new FormData(form);
  for (const [name, value] of [...data.entries()]) if (value === "") data.delete(name);
  const request = new XMLHttpRequest();
  request.open("POST", form.getAttribute("action"));
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token) request.setRequestHeader("X-Stopgap-CSRF", token);
  form.dataset.key ??= crypto.randomUUID?.() ?? String(Math.random());
  request.setRequestHeader("Idempotency-Key", form.dataset.key);
  request.setRequestHeader("Accept", "application/json");
  const bar = form.querySelector("progress");
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button:not([type=button])");
  button.disabled = true;
  bar.hidden = false;
  show(form, null);
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    said.textContent = `${sized(event.loaded)} of ${sized(event.total)} sent`;
  });
  const end = (problem) => {
    button.disabled = false;
    bar.hidden = true;
    said.textContent = "";
    show(form, problem);
  };
  request.addEventListener("error", () => end({ what: "the upload was cut off", where: "network", fix: "send it again: what arrived in part is not kept" }));
  request.addEventListener("load", () => {
    let answer = {};
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      answer = { what: `the service answered with ${request.status}`, where: "upload", fix: "send it again" };
    }
    if (request.status === 202) location.assign(`/me/jobs/${encodeURIComponent(answer.id)}`);
    else end(answer);
  });
  request.send(data);
}

function show(form, problem) {
  const place = form.querySelector("[data-problem]");
  place.hidden = !problem;
  if (!problem) return place.replaceChildren();
  const lines = [problem.what ?? problem.title, problem.where && `Where: ${problem.where}`, problem.fix];
  place.replaceChildren(...lines.filter(Boolean).map((line) => Object.assign(document.createElement("p"), { textContent: line[0].toUpperCase() + line.slice(1) })));
  place.focus();
}

function sized(bytes) {
  for (const [unit, step] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) if (bytes >= step) return `${(bytes / step).toFixed(1)} ${unit}`;
  return `${bytes} bytes`;
}
