// Photos on the phone: from the camera into the user data folder, where they stay until the server has them.

const api = require("./api.js");

const FOLDER = "photos";
const KEEPERS = /^(outbox|draft):/;

const CALLS = {
  get: { method: "GET", path: "/photos/{photo_id}", query: ["size"] },
  remove: { method: "DELETE", path: "/photos/{photo_id}" },
};

/** Let the person take photos, at most `count`; resolves to their files, none where they gave up. */
async function take(count) {
  const chosen = await new Promise((resolve, reject) => {
    wx.chooseMedia({
      count,
      mediaType: ["image"],
      sourceType: ["camera"],
      sizeType: ["compressed"],
      success: ({ tempFiles }) => resolve(tempFiles.map(({ tempFilePath }) => tempFilePath)),
      fail: ({ errMsg }) => (/cancel/.test(errMsg) ? resolve([]) : reject(noCamera(errMsg))),
    });
  });
  return chosen.map(keep);
}

function noCamera(errMsg) {
  const message = /auth|permission|privacy/i.test(errMsg)
    ? "手机没有允许使用相机。请在手机“设置”里打开微信的“相机”权限后再试；不拍照也可以提交"
    : "没有拍成照片，请再试；不拍照也可以提交";
  return new api.ApiError(0, "no_camera", message, { errMsg });
}

function keep(temporary) {
  const folder = `${wx.env.USER_DATA_PATH}/${FOLDER}`;
  const file = `${folder}/${Date.now()}-${Math.floor(Math.random() * 1e9)}.jpg`;
  const files = wx.getFileSystemManager();
  try {
    files.mkdirSync(folder, true);
    files.saveFileSync(temporary, file);
  } catch (error) {
    throw new api.ApiError(0, "storage", "手机上存不下照片了；请先联网把等待发送的发出去");
  }
  return file;
}

/** Whether a file is still there. */
function isThere(file) {
  try {
    wx.getFileSystemManager().accessSync(file);
    return true;
  } catch (error) {
    return false;
  }
}

/** Remove a file from the phone. */
function forget(file) {
  if (isThere(file)) wx.getFileSystemManager().unlinkSync(file);
}

/** Remove the files that nothing kept on this phone names any more: of forms given up, of an app killed midway. */
function sweep() {
  const folder = `${wx.env.USER_DATA_PATH}/${FOLDER}`;
  if (!isThere(folder)) return;
  const kept = wx.getStorageInfoSync().keys.filter((key) => KEEPERS.test(key));
  const named = kept.map((key) => JSON.stringify(wx.getStorageSync(key))).join();
  const files = wx.getFileSystemManager().readdirSync(folder);
  files.filter((name) => !named.includes(name)).forEach((name) => forget(`${folder}/${name}`));
}

/** Fetch a photo the server keeps; resolves to its place on the phone. */
function get(photoId, size) {
  return api.download(CALLS.get, { params: { photo_id: photoId }, query: { size } });
}

/** Fetch the thumbnails of those photos that are kept, one after another: ten at once are all that WeChat allows. */
async function fetchThumbnails(photos, show) {
  let shown = photos;
  for (const { id } of photos.filter(({ isKept }) => isKept)) {
    const file = await get(id, "thumbnail").catch(() => "");
    shown = shown.map((photo) => (photo.id === id ? { ...photo, file } : photo));
    show(shown);
  }
}

/** Delete a photo I took, or as the township any. */
function remove(photoId) {
  return api.call(CALLS.remove, { params: { photo_id: photoId } });
}

module.exports = { CALLS, fetchThumbnails, forget, get, isThere, remove, sweep, take };
