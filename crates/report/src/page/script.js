"use strict";
(() => {
  const make = (tag, text, parent) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  };

  // Light and dark.
  const root = document.documentElement;
  const store = { get() { try { return localStorage.getItem("theme"); } catch { return null; } }, set(v) { try { localStorage.setItem("theme", v); } catch { /* a page from a file may have no store */ } } };
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme || (prefersDark.matches ? "dark" : "light")) === "dark";
  const theme = document.getElementById("theme");
  const nameTheme = () => { theme.textContent = isDark() ? "Light colours" : "Dark colours"; };
  if (store.get()) root.dataset.theme = store.get();
  theme.hidden = false;
  nameTheme();
  prefersDark.addEventListener("change", nameTheme);
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; store.set(root.dataset.theme); nameTheme(); });

  // Numbers as the tables print them.
  const shown = (v) => {
    if (typeof v === "string") return { NaN: "undefined", Infinity: "infinity", "-Infinity": "minus infinity" }[v] || v;
    const size = Math.abs(v);
    if (size !== 0 && (size < 0.001 || size >= 100000)) return v.toExponential(2);
    return v.toFixed(size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3);
  };
  const plain = (v) => typeof v === "number" ? String(+v.toPrecision(6)) : shown(v);

  // Tables: sorting and filtering.
  const key = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.v !== undefined) return +cell.dataset.v;
    return cell.classList.contains("none") ? null : cell.textContent;
  };
  const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = make("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const empty = (v) => v === null || Number.isNaN(v);
        rows.sort((r, s) => {
          const [a, b] = [key(r, column), key(s, column)];
          // What has no value stays last, whichever way.
          if (empty(a) || empty(b)) return empty(a) - empty(b);
          return up ? compare(a, b) : compare(b, a);
        });
        body.append(...rows);
      });
    });
    if (rows.length < 8) continue;
    const tools = make("div");
    tools.className = "tools";
    table.parentElement.before(tools);
    const label = make("label", "Filter rows ", tools);
    const input = make("input", "", label);
    input.type = "search";
    input.placeholder = "for example text js";
    const count = make("span", `${rows.length} rows`, tools);
    count.setAttribute("role", "status");
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase() + " " + [...row.cells].map((c) => c.textContent).join(" ").toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        left += !row.hidden;
      }
      count.textContent = left === rows.length ? `${rows.length} rows` : `${left} of ${rows.length} rows`;
    });
  }

  // Figures: values on hover and from the keyboard, downloads.
  const tip = document.getElementById("tip");
  const span = (text) => { const [low, high, scale] = text.split(" "); return { low: +low, high: +high, log: scale === "log" }; };
  const along = (axis, v) => axis.log ? Math.log(v / axis.low) / Math.log(axis.high / axis.low) : (v - axis.low) / (axis.high - axis.low);
  const words = (data, series, point) => {
    const name = series.role === "trained" ? series.name : [series.name, series.role].filter(Boolean).join(", ");
    const interval = point.low === undefined ? "" : ` [${shown(point.low)} ${shown(point.high)}]`;
    if (point.row !== undefined) return `${name}${series.role === "trained" ? ", trained" : ""}\n${shown(point.x)}${interval} ${data.x}`;
    const at = typeof point.x === "number" ? `\n${data.x}: ${plain(point.x)}` : "";
    return `${name}${at}\n${data.y}: ${shown(point.y)}${interval}`;
  };
  const hitsOf = (svg, data) => {
    const [left, top, right, bottom] = svg.dataset.plot.split(" ").map(Number);
    const [x, y] = [span(svg.dataset.x), span(svg.dataset.y)];
    return data.series.map((series) => series.points.map((point) => {
      const level = point.x === undefined;
      const vertical = point.row === undefined ? point.y : point.row;
      return { level, px: level ? right : left + (right - left) * along(x, point.x), py: bottom - (bottom - top) * along(y, vertical), text: words(data, series, point) };
    }).filter((hit) => Number.isFinite(hit.px) && Number.isFinite(hit.py))).filter((hits) => hits.length);
  };
  const interactive = (svg, data) => {
    let all = null;
    const hits = () => all || (all = hitsOf(svg, data));
    const ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    ring.setAttribute("class", "ring");
    ring.setAttribute("r", "75");
    const hide = () => { tip.style.visibility = "hidden"; ring.remove(); };
    const show = (hit, px) => {
      const box = svg.getBoundingClientRect();
      const scale = box.width / svg.viewBox.baseVal.width;
      const at = hit.level ? px : hit.px;
      ring.setAttribute("cx", at);
      ring.setAttribute("cy", hit.py);
      svg.append(ring);
      tip.textContent = hit.text;
      const [x, y] = [box.left + at * scale, box.top + hit.py * scale];
      const wide = tip.offsetWidth;
      const left = x + 14 + wide > root.clientWidth - 8 ? Math.max(8, x - 14 - wide) : x + 14;
      tip.style.left = `${left + scrollX}px`;
      tip.style.top = `${Math.max(8, y - tip.offsetHeight - 10) + scrollY}px`;
      tip.style.visibility = "visible";
    };
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const scale = box.width / svg.viewBox.baseVal.width;
      const [x, y] = [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
      let [best, least] = [null, 450];
      for (const hit of hits().flat()) {
        const distance = hit.level ? Math.abs(hit.py - y) + 40 : Math.hypot(hit.px - x, hit.py - y);
        if (distance < least) [best, least] = [hit, distance];
      }
      best ? show(best, x) : hide();
    });
    svg.addEventListener("pointerleave", hide);
    let [line, point] = [0, 0];
    const step = (dl, dp) => {
      const lines = hits();
      if (!lines.length) return;
      line = (line + dl + lines.length) % lines.length;
      const length = lines[line].length;
      point = dl ? Math.min(point, length - 1) : (point + dp + length) % length;
      show(lines[line][point], lines[line][point].px);
    };
    svg.setAttribute("tabindex", "0");
    svg.addEventListener("focus", () => { if (svg.matches(":focus-visible")) step(0, 0); });
    svg.addEventListener("blur", hide);
    svg.addEventListener("keydown", (event) => {
      const moves = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
      if (event.key === "Escape") hide();
      if (!moves[event.key]) return;
      event.preventDefault();
      step(...moves[event.key]);
    });
  };
  const save = (name, type, text) => {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const quoted = (v) => v === undefined ? "" : /[",\r\n]/.test(v) ? `"${String(v).replaceAll('"', '""')}"` : String(v);
  const csv = (data) => {
    const rows = [["series", "role", data.x || "x", data.y || "y", "low", "high"]];
    for (const series of data.series) for (const p of series.points) rows.push([series.name, series.role, p.x, p.y, p.low, p.high]);
    return rows.map((row) => row.map(quoted).join(",") + "\n").join("");
  };
  for (const figure of document.querySelectorAll("figure")) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    for (const svg of figure.querySelectorAll("svg")) interactive(svg, data);
    const line = make("p", "Download", figure);
    line.className = "downloads";
    const offer = (name, type, text) => {
      const button = make("button", name, line);
      button.type = "button";
      button.setAttribute("aria-label", `Download ${data.title} as ${name}`);
      button.addEventListener("click", () => save(`${figure.id}.${name.toLowerCase()}`, type, text()));
    };
    offer("SVG", "image/svg+xml", () => { const copy = figure.querySelector("svg").cloneNode(true); copy.querySelectorAll(".ring").forEach((r) => r.remove()); return new XMLSerializer().serializeToString(copy); });
    offer("CSV", "text/csv", () => csv(data));
    offer("JSON", "application/json", () => JSON.stringify(data, null, 1));
  }

  // Folded parts open for a link into them and for the printer; the list of contents folds on a phone.
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();
  addEventListener("beforeprint", () => { for (const part of document.querySelectorAll("main details")) part.open = true; });
  const contents = document.querySelector("nav details");
  const narrow = matchMedia("(max-width: 1079px)");
  const fold = () => { contents.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
})();
