// The cards: copy buttons, filter, and pictures that could not be made.
import { copy } from "./dom.js";

const status = document.getElementById("status");

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.addEventListener("click", async () => {
    const done = await copy(button.dataset.copy);
    button.textContent = done ? "Copied" : "Select and copy";
    status.textContent = button.textContent;
    setTimeout(() => {
      button.textContent = "Copy";
    }, 1500);
  });
}

for (const image of document.querySelectorAll(".picture img")) {
  const fail = () => image.parentElement.classList.add("empty");
  if (image.complete && !image.naturalWidth && image.loading !== "lazy") fail();
  image.addEventListener("error", fail);
}

const find = document.getElementById("find");
find?.addEventListener("input", () => {
  const wanted = find.value.trim().toLowerCase();
  for (const card of document.querySelectorAll(".card")) {
    card.hidden = !card.dataset.name.includes(wanted);
  }
});
