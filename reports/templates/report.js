"use strict";
// Everything recorded enters the page as text nodes: no innerHTML, no attribute that runs.
(() => {
  const PAGE = 250;
  const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufff9-\ufffb]/g;
  const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

  const escaped = (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0");
  const visible = (text) => {
    const parts = [];
    let from = 0;
    for (const pair of text.matchAll(PAIR)) {
      parts.push(text.slice(from, pair.index).replace(UNSEEN, escaped), pair[0]);
      from = pair.index + 2;
    }
    return parts.join("") + text.slice(from).replace(UNSEEN, escaped);
  };

  const make = (tag, classes, ...children) => {
    const element = document.createElement(tag);
    if (classes) element.className = classes;
    for (const child of children) element.append(typeof child === "string" ? visible(child) : child);
    return element;
  };

  // Time of day on the simulated clock, in the zone of its start.
  const start = (() => {
    const chart = document.querySelector("[data-chart]");
    const iso = document.documentElement.dataset.start || (chart && JSON.parse(chart.dataset.chart).start) || "";
    const parts = /T(\d\d):(\d\d):(\d\d)(\.\d+)?/.exec(iso);
    return parts ? parts[1] * 3600 + parts[2] * 60 + Number(parts[3]) + Number(parts[4] || 0) : 0;
  })();
  const timeOfDay = (t, withMs) => {
    const ms = Math.round((start + t) * 1000);
    const day = Math.floor(ms / 86400000);
    const rest = ms - day * 86400000;
    const two = (value) => String(Math.floor(value)).padStart(2, "0");
    const text = `${two(rest / 3600000)}:${two((rest / 60000) % 60)}:${two((rest / 1000) % 60)}`;
    const milli = withMs && rest % 1000 ? "." + String(rest % 1000).padStart(3, "0") : "";
    return text + milli + (day ? ` ${day > 0 ? "+" : ""}${day} d` : "");
  };

  // --- copy and sort
  const copy = async (text, button) => {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = make("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
    }
    const label = button.textContent;
    button.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => { button.textContent = label; }, 1400);
  };
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => copy(document.getElementById(button.dataset.copy).textContent, button));
  }
  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = [...table.tHead.rows[0].cells];
    const sort = (index) => {
      const head = heads[index];
      const numeric = head.classList.contains("n");
      const first = numeric ? "descending" : "ascending";
      const other = numeric ? "ascending" : "descending";
      const way = head.getAttribute("aria-sort") === first ? other : first;
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", way);
      const key = (row) => {
        const cell = row.cells[index];
        const text = cell.dataset.sort ?? cell.textContent.replace(/,/g, "");
        return numeric ? Number(text) || 0 : text;
      };
      const compare = (a, b) => (numeric ? key(a) - key(b) : key(a).localeCompare(key(b), "en", { numeric: true }));
      const rows = [...table.tBodies[0].rows].sort(compare);
      table.tBodies[0].append(...(way === "descending" ? rows.reverse() : rows));
    };
    heads.forEach((head, index) => {
      if (head.classList.contains("bar-head")) return;
      head.tabIndex = 0;
      head.addEventListener("click", () => sort(index));
      head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(index); });
    });
  }

  // --- a cursor over the charts
  for (const chart of document.querySelectorAll("[data-chart]")) {
    const plot = chart.querySelector(".plot");
    const cursor = chart.querySelector(".cursor");
    const readout = chart.querySelector(".readout");
    let facts = null;
    plot.addEventListener("pointermove", (event) => {
      facts = facts || JSON.parse(chart.dataset.chart);
      const box = plot.getBoundingClientRect();
      const share = Math.min(0.99999, Math.max(0, (event.clientX - box.left) / box.width));
      const count = facts.series[0].values.length - (facts.edges ? 1 : 0);
      const index = facts.edges ? Math.round(share * count) : Math.floor(share * count);
      readout.replaceChildren(make("b", "", timeOfDay(index * facts.step_s)));
      for (const series of facts.series) {
        const value = series.values[index];
        if (value === null || value === undefined) continue;
        readout.append(make("div", "", make("i", series.style), `${series.name}: ${value.toLocaleString("en")} ${series.unit}`));
      }
      cursor.hidden = readout.hidden = false;
      cursor.style.left = `${share * 100}%`;
      readout.style.left = share < 0.6 ? `calc(${share * 100}% + 12px)` : "auto";
      readout.style.right = share < 0.6 ? "auto" : `calc(${100 - share * 100}% + 12px)`;
    });
    plot.addEventListener("pointerleave", () => { cursor.hidden = readout.hidden = true; });
  }

  // --- message sequences
  const unpack = async (id) => {
    const raw = atob(document.getElementById(id).textContent.trim());
    const bytes = Uint8Array.from(raw, (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  };

  const FRAME = (row) => {
    const [, line, t, up, kind, action, text, leftOut, answers, binary] = row;
    return { line, t, up, kind, action, text, leftOut, answers, binary };
  };

  const parsed = (frame) => {
    if (frame.leftOut || frame.kind === "unreadable") return undefined;
    try { return JSON.parse(frame.text); } catch { return undefined; }
  };

  // One line that tells what the payload says: its plain values, nested ones by their first few.
  const glance = (frame) => {
    const value = parsed(frame);
    if (!Array.isArray(value)) return frame.text.slice(0, 120);
    if (value[0] === 4 || value[0] === 5) return [value[3], JSON.stringify(value[4] ?? {})].filter((each) => each && each !== "{}").join(" ");
    const found = [];
    const walk = (node, name, depth) => {
      if (found.length >= 6) return;
      if (node !== null && typeof node === "object") {
        if (depth < 4) for (const key of Object.keys(node)) walk(node[key], Array.isArray(node) ? name : key, depth + 1);
      } else if (name !== "timestamp" && name !== "currentTime") {
        found.push(`${name}: ${String(node).slice(0, 40)}`);
      }
    };
    walk(value[0] === 3 ? value[2] : value[3], "", 0);
    return found.join(", ");
  };

  const pretty = (frame) => {
    const value = parsed(frame);
    const pre = make("pre");
    if (value === undefined) {
      pre.append(visible(frame.text));
      if (frame.leftOut) pre.append(`\n\n… ${frame.leftOut.toLocaleString("en")} more characters in messages.jsonl, line ${frame.line}`);
      return pre;
    }
    const text = JSON.stringify(value, null, 2);
    const token = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*|true|false|null)/g;
    let from = 0;
    for (const match of text.matchAll(token)) {
      pre.append(visible(text.slice(from, match.index)));
      pre.append(make("span", match[3] ? "d" : match[2] ? "k" : "s", match[1] || match[3]));
      if (match[2]) pre.append(match[2]);
      from = match.index + match[0].length;
    }
    pre.append(visible(text.slice(from)));
    return pre;
  };

  // The one field that says what kind of call it is.
  const toldBy = (payload) => {
    const told = payload && (payload.eventType ?? payload.connectorStatus ?? payload.status);
    return typeof told === "string" ? told : "";
  };

  const frameRow = (row) => {
    const frame = FRAME(row);
    const failed = frame.kind === "CALLERROR" || frame.kind === "CALLRESULTERROR";
    const kind = failed ? "is-error" : frame.kind === "unreadable" ? "is-garbage" : frame.kind === "CALLRESULT" ? "is-reply" : "is-call";
    const value = parsed(frame);
    const told = !Array.isArray(value) ? "" : failed ? value[2] : kind === "is-call" ? toldBy(value[3]) : "";
    const name = (frame.action || frame.kind) + (frame.binary ? " (binary)" : "") + (told ? ` · ${told}` : "");
    const track = make("span", "track", make("span", "label", name));
    const summary = make("summary", "", make("time", "", timeOfDay(frame.t, true)), track, make("span", "glance", glance(frame)));
    const details = make("details", `row ${frame.up ? "up" : "down"} ${kind}`, summary);
    details.addEventListener("toggle", () => {
      if (!details.open || details.querySelector("pre")) return;
      const button = make("button", "", "Copy raw");
      button.type = "button";
      button.addEventListener("click", () => copy(frame.text, button));
      const meta = [`${frame.kind}, line ${frame.line} of messages.jsonl`];
      if (frame.answers) meta.push(`answers line ${frame.answers}`);
      meta.push(`t = ${frame.t} s`);
      details.append(make("div", "meta", ...meta.map((each) => make("span", "", each)), button), pretty(frame));
    });
    return details;
  };

  const noteRow = ([, line, t, kind, fact, more]) => {
    const known = ["hardware", "firmware", "link", "scenario", "fault", "verdict"].includes(kind);
    const lane = make("span", "lane", make("span", "pill", fact));
    const note = make("div", `happening k-${known ? kind : "other"}`, make("time", "", timeOfDay(t, true)), lane, make("span", "more", more));
    note.title = visible(`${kind}: ${fact} ${more} (line ${line} of events.jsonl)`);
    return note;
  };

  const gapRow = ([, count, first, last]) => make("div", "gap",
    `${count.toLocaleString("en")} frame${count === 1 ? "" : "s"} left out here: see messages.jsonl, lines ${first} to ${last}`);

  const draw = async (host) => {
    const { rows } = await unpack(host.dataset.pack);
    const search = make("input");
    search.type = "search";
    search.placeholder = "Filter by action or content";
    search.setAttribute("aria-label", "Filter messages");
    const toggle = (label, pressed) => {
      const button = make("button", "", label);
      button.type = "button";
      button.setAttribute("aria-pressed", String(pressed));
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
        refresh();
      });
      return button;
    };
    const isBeat = (row) => row[0] === "f" && row[5] === "Heartbeat" && (row[4] === "CALL" || row[4] === "CALLRESULT");
    const all = rows.filter((row) => row[0] === "f").length;
    const beats = rows.filter(isBeat).length;
    const heartbeats = toggle("Heartbeats", beats * 2 < all);
    const notes = toggle("Events", true);
    const errors = toggle("Only errors", false);
    const found = make("span", "found");
    const list = make("div", "sequence");
    const on = (button) => button.getAttribute("aria-pressed") === "true";

    const wanted = (row) => {
      const text = search.value.trim().toLowerCase();
      if (row[0] === "g") return !text && !on(errors);
      if (row[0] === "e") return on(notes) && (!on(errors) || row[3] === "fault") && (!text || `${row[4]} ${row[5]}`.toLowerCase().includes(text));
      const frame = FRAME(row);
      if (on(errors) && !["CALLERROR", "CALLRESULTERROR", "unreadable"].includes(frame.kind)) return false;
      if (!on(heartbeats) && isBeat(row)) return false;
      return !text || (frame.action || "").toLowerCase().includes(text) || frame.text.toLowerCase().includes(text);
    };

    function refresh() {
      const hits = rows.filter(wanted);
      const head = make("div", "lanes", make("span"), make("b", "", "Station"), make("b", "", "CSMS"), make("span"));
      list.replaceChildren(head);
      const shown = hits.filter((row) => row[0] === "f").length;
      const hidden = !on(heartbeats) && beats ? `, ${beats.toLocaleString("en")} heartbeats hidden` : "";
      found.textContent = `${shown.toLocaleString("en")} of ${all.toLocaleString("en")} messages${hidden}`;
      let at = 0;
      const more = make("div", "more-rows");
      const extend = (upto) => {
        more.remove();
        const fragment = document.createDocumentFragment();
        for (; at < Math.min(upto, hits.length); at += 1) {
          fragment.append({ f: frameRow, e: noteRow, g: gapRow }[hits[at][0]](hits[at]));
        }
        list.append(fragment);
        if (at >= hits.length) return;
        const left = hits.length - at;
        const next = make("button", "", `Show ${Math.min(PAGE, left)} more of ${left.toLocaleString("en")}`);
        const rest = make("button", "", "Show all");
        next.type = rest.type = "button";
        next.addEventListener("click", () => extend(at + PAGE));
        rest.addEventListener("click", () => extend(hits.length));
        more.replaceChildren(next, rest);
        list.append(more);
      };
      extend(PAGE);
    }
    let pending = 0;
    search.addEventListener("input", () => { clearTimeout(pending); pending = setTimeout(refresh, 150); });
    host.replaceChildren(make("div", "tools", search, heartbeats, notes, errors, found), list);
    refresh();
  };

  const open = (station) => {
    const host = station.querySelector(".sequence-host");
    if (!host || host.dataset.drawn) return;
    host.dataset.drawn = "yes";
    draw(host).catch((error) => {
      host.replaceChildren(make("p", "notice", `This browser cannot show the sequence (${error.message}); messages.jsonl has it.`));
    });
  };
  for (const station of document.querySelectorAll("details.station")) {
    station.addEventListener("toggle", () => { if (station.open) open(station); });
  }
  const follow = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    if (target && target.matches("details.station")) target.open = true;
  };
  addEventListener("hashchange", follow);
  follow();
  document.documentElement.dataset.ready = "yes";
})();
