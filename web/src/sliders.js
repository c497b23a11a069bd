// Sliders say their value as they move; what was swapped in can say its permanent address.

export function startSliders() {
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.('input[type="range"]')) return;
    for (const place of document.querySelectorAll(`[data-shows="${CSS.escape(event.target.id)}"]`)) place.textContent = event.target.value;
  });
  document.addEventListener("stopgap:drawn", () => {
    const address = document.querySelector("[data-address]")?.dataset.address;
    if (address) history.replaceState(history.state, "", address);
  });
}
