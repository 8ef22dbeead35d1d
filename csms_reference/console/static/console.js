// Keeps an open page as it is now: news come as server-sent events, then the page is fetched anew and what differs in
// its regions is changed in place, so that focus, scrolling and what is open stay. Nothing here makes markup of text.

const REST_MS = 700; // between two looks
const FALLBACK_MS = 15000; // without a stream

const regions = () => document.querySelectorAll("[data-region]");
const pulse = document.getElementById("pulse");
let stream = null;
let looking = false;
let again = false;
let lastLook = 0;

function say(state, text) {
  if (!pulse || pulse.dataset.state === state) return;
  pulse.hidden = false;
  pulse.dataset.state = state;
  pulse.textContent = text;
}

function fetchPage(address) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // it parses documents itself; what it parses does not run
    request.open("GET", address);
    request.responseType = "document";
    request.onload = () => (request.status === 200 ? resolve(request) : reject(new Error(String(request.status))));
    request.onerror = () => reject(new Error("no answer"));
    request.send();
  });
}

// Not by its property: that of a form is its field of the name "id", where it has one.
function idOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? (node.getAttribute("id") ?? "") : "";
}

function same(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && idOf(a) === idOf(b);
}

function morphAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !(name === "value" && old === document.activeElement)) {
      old.setAttribute(name, value);
    }
  }
}

function morph(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.isEqualNode(fresh)) return;
  morphAttributes(old, fresh);
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let found = at;
    if (idOf(wanted)) while (found && !same(found, wanted)) found = found.nextSibling;
    if (found && same(found, wanted)) {
      while (at !== found) at = drop(at);
      morph(found, wanted);
      at = found.nextSibling;
    } else {
      old.insertBefore(document.importNode(wanted, true), at);
    }
  }
  while (at) at = drop(at);
}

function drop(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  try {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, lastLook + REST_MS - performance.now())));
    again = false;
    const answer = await fetchPage(location.href);
    if (new URL(answer.responseURL).pathname !== location.pathname) location.reload(); // signed out meanwhile
    for (const old of regions()) {
      const fresh = answer.responseXML.querySelector(`[data-region="${CSS.escape(old.dataset.region)}"]`);
      if (fresh) morph(old, fresh);
    }
    const stamp = answer.responseXML.querySelector("footer time");
    const shown = document.querySelector("footer time");
    if (stamp && shown) morph(shown, stamp);
  } catch {
    say("off", "No connection");
  } finally {
    lastLook = performance.now();
    looking = false;
    if (again) look();
  }
}

function listen() {
  if (stream || document.hidden || !document.body.dataset.live) return;
  stream = new EventSource(document.body.dataset.live);
  stream.addEventListener("open", () => {
    say("on", "Live");
    look(); // what has happened since the page was made
  });
  stream.addEventListener("news", look);
  stream.addEventListener("error", () => {
    say("off", "Reconnecting");
    if (stream.readyState === EventSource.CLOSED) {
      stream = null;
      setTimeout(listen, FALLBACK_MS);
    }
  });
}

function pause() {
  stream?.close();
  stream = null;
}

document.addEventListener("visibilitychange", () => (document.hidden ? pause() : listen()));
addEventListener("pagehide", pause);
addEventListener("pageshow", listen);

function ago(seconds) {
  if (seconds < 5) return "just now";
  for (const [unit, name] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    if (seconds >= unit) return `${Math.floor(seconds / unit)} ${name} ago`;
  }
  return `${Math.floor(seconds)} s ago`;
}

const skew = Date.now() - Date.parse(document.querySelector("footer time")?.dateTime ?? new Date().toISOString());
setInterval(() => {
  for (const each of document.querySelectorAll("time[data-ago]")) {
    const text = ago((Date.now() - skew - Date.parse(each.dateTime)) / 1000);
    if (each.textContent !== text) each.textContent = text;
  }
}, 1000);

for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", (event) => {
    if (event.target.type !== "search" && event.target.type !== "date") form.requestSubmit();
  });
}

// What is empty is left out of the address, so that it can be read and shared.
for (const form of document.querySelectorAll('form[method="get"]')) {
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
  });
}

const target = location.hash.startsWith("#command-") && document.getElementById(location.hash.slice(1));
if (target) target.querySelector("details").open = true;

listen();
document.documentElement.dataset.ready = "yes";
