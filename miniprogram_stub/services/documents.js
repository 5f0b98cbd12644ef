// Papers and workbooks, shown by WeChat itself, which can also keep them and pass them on.

const api = require("./api.js");

/**
 * Fetch a PDF, or a workbook, and show it.
 * @param {"pdf" | "xlsx"} fileType
 */
async function open(declared, given, fileType = "pdf") {
  const filePath = await api.download(declared, given);
  await new Promise((resolve, reject) => {
    wx.openDocument({
      filePath,
      fileType,
      showMenu: true,
      success: resolve,
      fail: ({ errMsg }) => reject(new api.ApiError(0, "not_shown", "手机打不开这份文件", { errMsg })),
    });
  });
}

module.exports = { open };
