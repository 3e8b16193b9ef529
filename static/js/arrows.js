// The map of the links is one stop of the keyboard, and the arrows go from there to the nearest page on their side.
const svg = document.querySelector(".graph svg");
const links = [...(svg?.querySelectorAll("a") ?? [])];
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

const place = (link) => ["cx", "cy"].map((name) => Number(link.querySelector("circle").getAttribute(name)));

const distance = ([x, y], [across, down], link) => {
  const [dx, dy] = [place(link)[0] - x, place(link)[1] - y];
  const ahead = dx * across + dy * down;
  return ahead > 0 ? ahead + 2 * Math.abs(dx * down + dy * across) : Infinity;
};

const next = (link, way) => {
  const far = new Map(links.map((other) => [other, distance(place(link), way, other)]));
  const [nearest] = links.toSorted((one, other) => far.get(one) - far.get(other));
  return far.get(nearest) < Infinity ? nearest : link;
};

for (const [n, link] of links.entries()) link.setAttribute("tabindex", n ? "-1" : "0");

svg?.addEventListener("keydown", (event) => {
  const link = event.target.closest("a");
  if (!link || !(event.key in WAYS)) return;
  event.preventDefault();
  link.setAttribute("tabindex", "-1");
  const nearest = next(link, WAYS[event.key]);
  nearest.setAttribute("tabindex", "0");
  nearest.focus();
});
