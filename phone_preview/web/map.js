// A little map: the fences of the villages round about, and the phone, which can be put anywhere.

import { moved } from "./app/datum.js";

const HALF_WIDTH_M = 3600;
const HALF_HEIGHT_M = 2250;
const MARGIN_M = 150;
const METRES_PER_DEGREE_NORTH = 110800;
const BEYOND_M = 900;
const STEP_M = 50;
const STEPS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

const middleOf = ({ middle: [longitude_deg, latitude_deg] }) => ({ longitude_deg, latitude_deg });
const metresPerDegreeEast = ({ latitude_deg }) => 111320 * Math.cos((latitude_deg * Math.PI) / 180);

/** Metres east and south of a middle, as SVG counts. */
function onMap(middle, [longitude_deg, latitude_deg]) {
  return [(longitude_deg - middle.longitude_deg) * metresPerDegreeEast(middle), -(latitude_deg - middle.latitude_deg) * METRES_PER_DEGREE_NORTH];
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function shapesOf(village) {
  return (village.fence?.features ?? []).map(({ geometry: { type, coordinates }, properties }) => {
    if (type === "Point") return { centre: coordinates, radius_m: properties.radius_m };
    return { rings: type === "Polygon" ? coordinates : coordinates.flat() };
  });
}

function drawShape(middle, { centre, radius_m, rings }) {
  if (centre) {
    const [cx, cy] = onMap(middle, centre);
    return svg("circle", { class: "fence", cx, cy, r: radius_m });
  }
  const path = rings.map((ring) => `M${ring.map((point) => onMap(middle, point).map(Math.round).join(" ")).join("L")}Z`).join("");
  return svg("path", { class: "fence", d: path, "fill-rule": "evenodd" });
}

/** Draw the surroundings of a village with the phone in them; `onMove` hears where it is put. */
export function drawMap(map, { villages, village, place, onMove }) {
  const middle = middleOf(village);
  map.setAttribute("viewBox", `${-HALF_WIDTH_M} ${-HALF_HEIGHT_M} ${2 * HALF_WIDTH_M} ${2 * HALF_HEIGHT_M}`);
  const names = villages.map((one) => {
    const [x, y] = onMap(middle, one.middle);
    return svg("text", { x, y: y - 180, class: "name" }, one.name);
  });
  const [x, y] = onMap(middle, [place.longitude_deg, place.latitude_deg]);
  const within = (metres, half_m) => Math.max(MARGIN_M - half_m, Math.min(half_m - MARGIN_M, metres));
  map.replaceChildren(
    ...villages.flatMap(shapesOf).map((shape) => drawShape(middle, shape)),
    ...names,
    svg("path", { class: "scale", d: `M${200 - HALF_WIDTH_M} ${HALF_HEIGHT_M - 200}h1000` }),
    svg("text", { class: "small", x: 700 - HALF_WIDTH_M, y: HALF_HEIGHT_M - 280 }, "1 公里"),
    ...(village.fence ? [] : [svg("text", { class: "small", x: 0, y: 300 }, "此村还没有围栏")]),
    svg("circle", { class: "phone", cx: within(x, HALF_WIDTH_M), cy: within(y, HALF_HEIGHT_M), r: 110 }),
  );
  const put = ({ clientX, clientY }) => {
    const point = new DOMPoint(clientX, clientY).matrixTransform(map.getScreenCTM().inverse());
    onMove(moved(middle, { east_m: point.x, north_m: -point.y }));
  };
  map.onpointerdown = (event) => {
    map.setPointerCapture(event.pointerId);
    put(event);
  };
  map.onpointermove = (event) => event.buttons && put(event);
  map.onkeydown = (event) => {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    onMove(moved(place, { east_m: step[0] * STEP_M, north_m: step[1] * STEP_M }));
  };
}

/** A point inside a village, at its edge, or well outside. */
export function placeIn(village, where) {
  const middle = middleOf(village);
  if (where === "inside") return middle;
  const corners = shapesOf(village).flatMap(({ centre, radius_m, rings }) => {
    if (rings) return rings[0].map((point) => onMap(middle, point));
    const [x, y] = onMap(middle, centre);
    return [[x + radius_m, y]];
  });
  const [x, y] = corners.reduce((farthest, corner) => (Math.hypot(...corner) > Math.hypot(...farthest) ? corner : farthest), [HALF_HEIGHT_M / 2, 0]);
  const stretch = where === "edge" ? 1 : 1 + BEYOND_M / Math.hypot(x, y);
  return moved(middle, { east_m: x * stretch, north_m: -y * stretch });
}
