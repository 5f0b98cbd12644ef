// Photos and documents: the browser's camera and file chooser stand for the phone's.

import { actionSheet, overlay } from "./dialogs.js";
import { h } from "./dom.js";
import { Failure, asynchronous } from "./failure.js";
import { addressOf, blobOf, keepTemporary } from "./files.js";
import { requirePrivacy } from "./permissions.js";
import { state } from "./state.js";

const USUAL_COUNT = 9;
const MOST = 20;
const COMPRESSED_EDGE_PX = 1600;
const COMPRESSED_QUALITY = 0.8;
const SAMPLE_PX = [1280, 960];

/** Taking a picture leaves the mini-program for a while, as on a phone: it is hidden and shown again. */
async function away(work) {
  state.router.hideApp();
  try {
    return await work();
  } finally {
    state.router.showApp();
  }
}

async function chooseMedia({ count = USUAL_COUNT, mediaType = ["image", "video"], sourceType = ["album", "camera"], sizeType = ["original", "compressed"] }) {
  if (!mediaType.includes("image") || count > MOST) throw new Failure("parameter error");
  await requirePrivacy("chooseMedia");
  const source = sourceType.length > 1 ? ["camera", "album"][await actionSheet(["拍摄", "从手机相册选择"])] : sourceType[0];
  if (!source) throw new Failure("cancel");
  const chosen = await away(() => (source === "camera" ? photograph() : chooseFiles(count, false)));
  if (!chosen.length) throw new Failure("cancel");
  const isCompressed = sizeType.includes("compressed");
  const tempFiles = [];
  for (const blob of chosen.slice(0, count)) tempFiles.push(await asTempFile(isCompressed ? await compressed(blob) : blob));
  return { tempFiles, type: "image" };
}

/** The camera: a file (on a phone the browser opens its camera for it), or a picture made on the spot. */
async function photograph() {
  const way = await actionSheet(["用本机拍照或选照片", "拍一张样张"], "相机（预览）");
  if (way === null) return [];
  return way === 0 ? chooseFiles(1, true) : [await samplePhoto()];
}

function chooseFiles(count, usesCamera) {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept: "image/*", multiple: count > 1 });
    if (usesCamera) input.capture = "environment";
    input.onchange = () => resolve([...input.files]);
    input.oncancel = () => resolve([]);
    input.click();
  });
}

/** A landscape that is never twice the same. */
async function samplePhoto() {
  const canvas = Object.assign(document.createElement("canvas"), { width: SAMPLE_PX[0], height: SAMPLE_PX[1] });
  const pen = canvas.getContext("2d");
  const [width, height] = SAMPLE_PX;
  const any = (low, high) => low + Math.random() * (high - low);
  const paint = (colour, ...box) => Object.assign(pen, { fillStyle: colour }).fillRect(...box);
  paint(`hsl(${any(190, 215)} 60% 78%)`, 0, 0, width, height);
  for (let hill = 0; hill < 4; hill += 1) {
    pen.fillStyle = `hsl(${any(95, 140)} 35% ${50 - hill * 8}%)`;
    pen.beginPath();
    pen.moveTo(0, height);
    for (let x = 0; x <= width; x += 20) pen.lineTo(x, height * (0.35 + hill * 0.12) + Math.sin(x / any(90, 130) + hill * 2) * any(20, 50));
    pen.lineTo(width, height);
    pen.fill();
  }
  const houses = Math.round(any(2, 6));
  for (let house = 0; house < houses; house += 1) paint(`hsl(${any(0, 60)} 25% 85%)`, any(60, width - 200), any(560, 760), any(80, 170), any(60, 120));
  pen.fillStyle = "#fff";
  pen.font = "36px sans-serif";
  pen.fillText(`样张 ${new Date().toLocaleString("zh-CN")}`, 40, height - 40);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
}

/** Made smaller as WeChat does; what is no picture stays as it is, for the server to refuse. */
async function compressed(blob, quality = COMPRESSED_QUALITY) {
  const bitmap = await createImageBitmap(blob).catch(() => null);
  if (!bitmap) return blob;
  const scale = Math.min(1, COMPRESSED_EDGE_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

const SUFFIXES = { "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif" };

async function asTempFile(blob) {
  return { tempFilePath: await keepTemporary(blob, SUFFIXES[blob.type] ?? "jpg"), size: blob.size, fileType: "image" };
}

async function compressImage({ src, quality = 80 }) {
  const blob = await compressed(blobOf(src), quality / 100);
  return { tempFilePath: await keepTemporary(blob, "jpg") };
}

async function getImageInfo({ src }) {
  const bitmap = await createImageBitmap(src.startsWith("wxfile://") ? blobOf(src) : await (await fetch(addressOf(src, ""))).blob());
  return { width: bitmap.width, height: bitmap.height, path: src, orientation: "up", type: "jpeg" };
}

async function previewImage({ urls, current = urls[0] }) {
  let at = Math.max(0, urls.indexOf(current));
  await away(() =>
    overlay("photo", "查看图片", (close) => {
      const picture = h("img", { src: addressOf(urls[at], ""), alt: "" });
      const count = h("span", {}, `${at + 1}/${urls.length}`);
      const turn = (step) => {
        at = (at + step + urls.length) % urls.length;
        picture.src = addressOf(urls[at], "");
        count.textContent = `${at + 1}/${urls.length}`;
      };
      return [
        picture,
        h(
          "div",
          { class: "preview-photo-bar" },
          h("button", { onclick: () => turn(-1), "aria-label": "上一张" }, "‹"),
          count,
          h("button", { onclick: () => turn(1), "aria-label": "下一张" }, "›"),
          h("button", { onclick: () => close() }, "关闭"),
        ),
      ];
    }),
  );
}

const DOCUMENTS = { pdf: "application/pdf" };

async function openDocument({ filePath, fileType = filePath.split(".").pop() }) {
  const address = URL.createObjectURL(new Blob([blobOf(filePath)], { type: DOCUMENTS[fileType] ?? "application/octet-stream" }));
  await away(() =>
    overlay("document", "文档", (close) => [
      h("div", { class: "preview-photo-bar" }, h("a", { href: address, download: filePath.split("/").pop() }, "下载"), h("button", { onclick: () => close() }, "关闭")),
      DOCUMENTS[fileType] ? h("iframe", { src: address, title: "文档" }) : h("p", {}, `${fileType} 文档请下载后打开`),
    ]),
  );
  URL.revokeObjectURL(address);
}

export const media = {
  chooseMedia: asynchronous("chooseMedia", chooseMedia),
  compressImage: asynchronous("compressImage", compressImage),
  getImageInfo: asynchronous("getImageInfo", getImageInfo),
  previewImage: asynchronous("previewImage", previewImage),
  openDocument: asynchronous("openDocument", openDocument),
};
