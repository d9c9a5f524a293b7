// After everything of the page: looks at it and uses it as a reader would.
addEventListener("load", () => setTimeout(() => {
  const root = document.documentElement;
  const name = (e) => `${e.tagName.toLowerCase()}.${e.className.baseVal ?? e.className} ${(e.textContent || "").trim().slice(0, 40)}`;
  for (const part of document.querySelectorAll("main details")) part.open = true;
  seen.width = innerWidth;
  seen.scroll_width = root.scrollWidth;
  const inside = (e) => e.closest(".wide, svg, .skip, #tip");
  seen.outside = [...document.querySelectorAll("body *")].filter((e) => !inside(e) && e.getBoundingClientRect().right > innerWidth + 1).map(name);
  const figures = [...document.querySelectorAll("figure")];
  seen.figures = figures.length;
  const drawn = (figure) => [...figure.querySelectorAll("svg")].filter((svg) => svg.getBoundingClientRect().height > 60);
  seen.unseen_figures = figures.filter((figure) => drawn(figure).length !== 1).map((figure) => figure.id);
  seen.requests = performance.getEntriesByType("resource").length;

  const table = document.querySelector("#numbers ~ .wide table, section[aria-labelledby=numbers] table");
  const heads = [...table.tHead.rows[0].cells];
  const column = heads.findIndex((head) => head.textContent.startsWith("trained"));
  const numbers = () => [...table.tBodies[0].rows].map((row) => +row.cells[column].dataset.v);
  heads[column].querySelector("button").click();
  seen.ascending = numbers();
  heads[column].querySelector("button").click();
  seen.descending = numbers();
  const filter = table.closest("section").querySelector("input[type=search]");
  filter.value = "dna-kmer";
  filter.dispatchEvent(new Event("input"));
  const rows = [...table.tBodies[0].rows];
  seen.filtered = [rows.filter((row) => !row.hidden).length, rows.length];

  const svg = drawn(document.getElementById("overlap"))[0];
  svg.scrollIntoView();
  const data = JSON.parse(document.querySelector("#overlap script").textContent);
  const box = svg.getBoundingClientRect();
  const [left, top, right, bottom] = svg.dataset.plot.split(" ").map(Number);
  const scale = box.width / svg.viewBox.baseVal.width;
  const [low, high] = svg.dataset.y.split(" ").map(Number);
  const last = data.series[0].points.at(-1);
  const at = { clientX: box.left + right * scale, clientY: box.top + (bottom - (bottom - top) * (last.y - low) / (high - low)) * scale };
  svg.dispatchEvent(new PointerEvent("pointermove", { ...at, bubbles: true }));
  const tip = document.getElementById("tip");
  seen.tip = tip.style.visibility === "visible" ? tip.textContent : "";

  const paper = () => getComputedStyle(document.body).backgroundColor;
  seen.papers = [paper()];
  document.getElementById("theme").click();
  seen.papers.push(paper());

  const levels = [...document.querySelectorAll("h1, h2, h3, h4")].map((h) => +h.tagName[1]);
  seen.headings_skip = levels.some((level, at) => at > 0 && level > levels[at - 1] + 1);
  seen.scopes_missing = document.querySelectorAll("th:not([scope])").length;
  parent.postMessage(JSON.stringify(seen), "*");
}, 100));
