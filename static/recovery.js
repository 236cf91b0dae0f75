// Recovery codes are shown once: ways to keep them. Without this they can be written down or printed by the browser.
const text = (id) => [...document.getElementById(id).querySelectorAll("code")].map((code) => code.textContent).join("\n");

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const place = document.getElementById("copied");
    try {
      await navigator.clipboard.writeText(text(button.dataset.copy));
      place.textContent = "Copied. Paste them where they are safe.";
    } catch {
      place.textContent = "The browser did not allow it. Download them instead.";
    }
  });
}
for (const link of document.querySelectorAll("[data-save]")) {
  const words = `Recovery codes for Putler, ${location.host}\nEach works once.\n\n${text(link.dataset.save)}\n`;
  link.href = URL.createObjectURL(new Blob([words], { type: "text/plain" }));
  link.hidden = false;
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
