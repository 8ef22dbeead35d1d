// Looks every second whether another question is asked, and shows it; tells when nobody is there to ask.
setInterval(async () => {
  try {
    const now = await (await fetch("/now", { cache: "no-store" })).json();
    document.body.classList.remove("away");
    if (now.question !== document.body.dataset.question) location.reload();
  } catch {
    document.body.classList.add("away");
  }
}, 1000);
