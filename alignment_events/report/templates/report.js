"use strict";
(() => {
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const items = [...document.querySelectorAll("section.group ol.findings > li")].map((item) => ({
    item,
    text: item.textContent.toLowerCase(),
    level: item.dataset.level,
    code: item.dataset.code,
    file: item.dataset.file,
  }));
  const groups = [...document.querySelectorAll("section.group")];
  const apply = () => {
    const words = form.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = ["level", "code", "file"].map((name) => [name, form.elements[name].value]);
    let count = 0;
    for (const one of items) {
      const fits =
        words.every((word) => one.text.includes(word)) &&
        wanted.every(([name, value]) => value === "" || one[name] === value);
      if (one.item.hidden === fits) one.item.hidden = !fits;
      count += fits ? 1 : 0;
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("ol.findings > li:not([hidden])");
    }
    shown.textContent =
      `${count === items.length ? shown.dataset.every : `${count} of`} ${items.length} findings are shown.`;
  };
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  apply();
})();
