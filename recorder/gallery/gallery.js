"use strict";
// Filters the list of runs, says times in the reader's zone, and goes through the media of a run by keyboard.
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const runs = all(".run");

// Times: the page holds those of the machine that made it.
const clock = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
});
const localise = (times) => times.forEach((time) => { time.textContent = clock.format(new Date(time.dateTime)); });
localise(all(".run > summary time"));

// A run's players look at their files once it is opened, not before.
function opened(run) {
  localise(all("figure time", run));
  all("audio, video", run).forEach((player) => { player.preload = "metadata"; });
}
runs.forEach((run) => {
  if (run.open) opened(run);
  run.addEventListener("toggle", () => run.open && opened(run), { once: false });
});

// The filter.
const form = document.forms.filter;
const texts = new Map();
const textOf = (run) => {
  if (!texts.has(run)) texts.set(run, run.textContent.toLowerCase());
  return texts.get(run);
};
function filter() {
  const words = form.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const run of runs) {
    const fits = (!form.state.value || run.classList.contains(form.state.value))
      && (!form.tag.value || run.dataset.tags.split(" ").includes(form.tag.value))
      && words.every((word) => textOf(run).includes(word));
    run.hidden = !fits;
    shown += fits;
  }
  document.querySelector("h1").textContent =
    (shown === runs.length ? "" : `${shown} of `) + `${runs.length} run${runs.length === 1 ? "" : "s"}`;
  document.querySelector(".nothing").hidden = shown > 0 || runs.length === 0;
}
let waiting = 0;
form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 80); });
form.addEventListener("submit", (event) => event.preventDefault());
form.hidden = runs.length < 2;

// The viewer: one medium of a run at a time.
const viewer = document.querySelector("dialog");
const [frame, caption, place] = [".viewed", ".caption", ".place"].map((selector) => viewer.querySelector(selector));
let media = [], at = 0;
function show(number) {
  at = (number + media.length) % media.length;
  const figure = media[at].closest("figure");
  const small = figure.querySelector("img, video, audio");
  let large = small.cloneNode();
  if (small.matches("img")) {
    large = new Image();
    large.alt = small.alt;
    large.addEventListener("error", () => { large.src = small.src; }, { once: true });  // the page came without its files
    large.src = media[at].href || small.src;
  } else {
    small.pause();
    large.preload = "metadata";
  }
  frame.replaceChildren(large);
  caption.textContent = figure.querySelector(".name").textContent;
  place.textContent = `${at + 1} / ${media.length}`;
}
function view(medium) {
  const run = medium.closest(".run");
  run.open = true;
  media = all(".media, .player", run);
  if (!viewer.open) viewer.showModal();
  show(media.indexOf(medium));
}
document.addEventListener("click", (event) => {
  const medium = event.target.closest(".media");
  if (medium && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); view(medium); }
});
viewer.querySelector(".before").addEventListener("click", () => show(at - 1));
viewer.querySelector(".after").addEventListener("click", () => show(at + 1));
viewer.querySelector(".close").addEventListener("click", () => viewer.close());
viewer.addEventListener("click", (event) => event.target === viewer && viewer.close());
viewer.addEventListener("close", () => {
  frame.replaceChildren();
  const last = media[at];
  last.scrollIntoView({ block: "nearest" });
  last.focus();
});
document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const active = document.activeElement;
  if (event.key === "Enter" && active.matches("span.media")) view(active);
  if (!step || event.altKey || event.ctrlKey || event.metaKey || active.matches("input, select, audio, video")) return;
  if (viewer.open) { event.preventDefault(); show(at + step); return; }
  const mediaOf = (run) => all(".media, .player", run);
  const inSight = (run) => run.open && run.getBoundingClientRect().bottom > 0;
  const candidates = runs.filter((run) => !run.hidden && mediaOf(run).length);
  const run = active.closest(".run") || candidates.find(inSight) || candidates[0];
  const found = run ? mediaOf(run) : [];
  if (!found.length) return;
  event.preventDefault();
  const here = found.indexOf(active.closest(".media, .player"));
  view(found[here < 0 ? (step > 0 ? 0 : found.length - 1) : (here + step + found.length) % found.length]);
});
